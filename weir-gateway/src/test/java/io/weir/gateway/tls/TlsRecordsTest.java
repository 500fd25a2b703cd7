package io.weir.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsRecordsTest {
    private static final int HEADER = 5;
    private static final int HANDSHAKE = 22;
    private static final int DATA = 23;

    /** Of the largest record, with its header. */
    private static final int MAX = HEADER + 16 * 1024 + 2048;

    private final RecordMemory memory = new RecordMemory(1 << 20);
    private final Random random = new Random(1);

    /** A connection without the TLS engine: what is passed on comes out. */
    private static final class Connection {
        private int reads;
        private int refused;
        private final EmbeddedChannel channel;
        private final TlsRecords records;

        Connection(RecordMemory memory) {
            this(memory, 0);
        }

        Connection(RecordMemory memory, int ownCertificates) {
            channel = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
                @Override
                public void read(ChannelHandlerContext context) {
                    reads++;
                    context.read();
                }
            });
            records = new TlsRecords(channel, memory, ownCertificates, () -> refused++);
            channel.pipeline().addLast(records);
        }

        static Connection established(RecordMemory memory) {
            Connection made = new Connection(memory);
            made.records.handshakeDone();
            return made;
        }

        /** Has so many bytes arrive in one buffer, which is larger, as that of a read is. */
        ByteBuf arrive(byte[] bytes, int from, int to) {
            ByteBuf read = Unpooled.buffer(to - from + 2_048).writeBytes(bytes, from, to - from);
            channel.writeInbound(read);
            return read;
        }

        List<byte[]> passed() {
            List<byte[]> all = new ArrayList<>();
            for (ByteBuf each = channel.readInbound(); each != null; each = channel.readInbound()) {
                all.add(ByteBufUtil.getBytes(each));
                each.release();
            }
            return all;
        }
    }

    private byte[] record(int type, int size) {
        byte[] record = new byte[size];
        random.nextBytes(record);
        int length = size - HEADER;
        System.arraycopy(new byte[] {(byte) type, 3, 3, (byte) (length >> 8), (byte) length}, 0, record, 0, HEADER);
        return record;
    }

    private static byte[] joined(byte[]... parts) {
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(parts));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 50, 104, 105, 106, 1_000, 100_000})
    void channelRead_anyPieces_passesWholeRecordsOneByOne(int piece) {
        byte[] first = record(DATA, 105);
        byte[] second = record(DATA, HEADER + 1);
        byte[] third = record(DATA, MAX);
        byte[] all = joined(first, second, third);
        Connection connection = Connection.established(memory);

        for (int at = 0; at < all.length; at += piece) {
            connection.arrive(all, at, Math.min(all.length, at + piece));
        }

        assertThat(connection.passed()).containsExactly(first, second, third);
        connection.channel.close().syncUninterruptibly();
        assertThat(memory.taken()).isZero();
    }

    @Test
    void channelRead_partOfARecord_takesWhatHasArrivedAndNotTheBufferOfTheRead() {
        Connection connection = Connection.established(memory);

        ByteBuf read = connection.arrive(record(DATA, MAX), 0, 3_000);

        assertThat(read.refCnt()).isZero();
        assertThat(connection.passed()).isEmpty();
        assertThat(memory.taken()).isEqualTo(3_000 - TlsRecords.PLANNED);
    }

    @Test
    void channelRead_recordByteByByte_takesAtMostTwiceWhatHasArrivedAndNoMoreThanItsSize() {
        Connection connection = Connection.established(memory);
        byte[] record = record(DATA, MAX);

        long mostBeyond = Long.MIN_VALUE;
        for (int at = 0; at < MAX - 1; at++) {
            connection.arrive(record, at, at + 1);
            long planned = Math.max(0, Math.min(MAX, 2L * (at + 1)) - TlsRecords.PLANNED);
            mostBeyond = Math.max(mostBeyond, memory.taken() - planned);
        }

        assertThat(mostBeyond).isLessThanOrEqualTo(0);
        assertThat(memory.taken()).isEqualTo(MAX - TlsRecords.PLANNED);
    }

    @Test
    void channelRead_fewBytes_arePlannedForWithTheConnection() {
        Connection connection = Connection.established(memory);

        connection.arrive(record(DATA, MAX), 0, TlsRecords.PLANNED);

        assertThat(memory.taken()).isZero();
    }

    @Test
    void channelRead_restOfTheRecord_givesBackWhatItTook() {
        Connection connection = Connection.established(memory);
        connection.channel.pipeline().addLast(connection.records.plainText());
        byte[] record = record(DATA, MAX);
        connection.arrive(record, 0, 9_000);
        assertThat(memory.taken()).isPositive();

        connection.arrive(record, 9_000, MAX);

        assertThat(connection.passed()).containsExactly(record);
        assertThat(memory.taken()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "474554202f", // GET /
                "1703030000", // nothing in it
                "1703034801", // a byte more than a record may have
                "170303ffff",
                "1303030010",
                "1803030010", // unknown types
                "1702030010",
                "17feff0010", // SSL 2, DTLS
                "8040010301" // a hello of SSL 2
            })
    void channelRead_noRecord_isPassedOnAsNoTlsAndEndsIt(String header) {
        for (boolean whole : new boolean[] {true, false}) {
            Connection connection = Connection.established(memory);
            byte[] bytes = joined(ByteBufUtil.decodeHexDump(header), new byte[40_000]);

            connection.arrive(bytes, 0, whole ? bytes.length : 3);
            connection.arrive(bytes, whole ? 0 : 3, bytes.length);
            connection.arrive(record(DATA, 100), 0, 100);

            assertThat(connection.passed()).containsExactly(new byte[HEADER]);
            assertThat(memory.taken()).isZero();
        }
    }

    @Test
    void channelRead_memoryIsFull_refusesTheConnectionThatHoldsSomeForTheLongestTime() {
        RecordMemory small = new RecordMemory(31_000);
        Connection oldest = Connection.established(small);
        Connection middle = Connection.established(small);
        Connection last = Connection.established(small);
        byte[] record = record(DATA, MAX);
        oldest.arrive(record, 0, 2_000);
        middle.arrive(record, 0, 14_000);
        oldest.arrive(record, 2_000, 8_000);
        assertThat(oldest.refused).isZero();

        last.arrive(record, 0, 12_500);

        assertThat(List.of(oldest.refused, middle.refused, last.refused)).containsExactly(1, 0, 0);
        assertThat(small.taken()).isEqualTo(14_000 + 12_500 - 2 * TlsRecords.PLANNED);
        oldest.arrive(record, 8_000, MAX);
        assertThat(oldest.passed()).as("it is over").isEmpty();
        last.arrive(record, 12_500, MAX);
        assertThat(last.passed()).containsExactly(record);
    }

    @Test
    void channelRead_oneTakesMoreThanAllMay_isRefusedAlone() {
        RecordMemory small = new RecordMemory(2_000);
        Connection connection = Connection.established(small);

        connection.arrive(record(DATA, MAX), 0, 9_000);

        assertThat(connection.refused).isEqualTo(1);
        assertThat(small.taken()).isZero();
    }

    @Test
    void handshake_bytesThatWerePassedOn_countTwiceUntilItIsDone() {
        Connection connection = new Connection(memory);
        byte[] hello = record(HANDSHAKE, 3_000);

        ByteBuf read = connection.arrive(hello, 0, hello.length);

        assertThat(read.refCnt()).as("Netty can keep no buffer of a read").isZero();
        assertThat(connection.passed()).containsExactly(hello);
        assertThat(memory.taken()).isEqualTo(2 * 3_000 - TlsRecords.PLANNED);
        connection.records.handshakeDone();
        assertThat(memory.taken()).isZero();
    }

    @Test
    void handshake_longOwnCertificates_countFromTheFirstRecordUntilItIsDone() {
        Connection connection = new Connection(memory, 5_000);
        byte[] hello = record(HANDSHAKE, 300);
        connection.arrive(hello, 0, 299);
        assertThat(memory.taken()).isZero();

        connection.arrive(hello, 299, 300);

        assertThat(memory.taken()).isEqualTo(2 * 300 + 5_000 - TlsRecords.PLANNED);
        connection.records.handshakeDone();
        assertThat(memory.taken()).isZero();
    }

    @Test
    void handshake_moreThanItTakes_isNotReadOnUntilItIsDone() {
        Connection connection = new Connection(memory);
        byte[] record = record(HANDSHAKE, MAX);
        connection.arrive(record, 0, MAX);
        assertThat(connection.channel.config().isAutoRead()).isTrue();

        connection.arrive(record, 0, MAX);

        assertThat(connection.channel.config().isAutoRead()).isFalse();
        int before = connection.reads;
        connection.channel.pipeline().read();
        assertThat(connection.reads).as("as Netty's handler asks for").isEqualTo(before);
        connection.records.handshakeDone();
        assertThat(connection.channel.config().isAutoRead()).isTrue();
        connection.channel.pipeline().read();
        assertThat(connection.reads).isGreaterThan(before);
        assertThat(connection.refused).isZero();
        assertThat(memory.taken()).isZero();
    }

    @Test
    void established_recordsThatGiveNoPlainText_countAndAreRefused() {
        Connection connection = Connection.established(memory);
        byte[] record = record(DATA, 10_000);

        for (int i = 1; i <= 3; i++) {
            connection.arrive(record, 0, record.length);
            assertThat(memory.taken()).isEqualTo(i * 10_000 - TlsRecords.PLANNED);
        }
        assertThat(connection.refused).isZero();
        connection.arrive(record, 0, record.length);

        assertThat(connection.refused).isEqualTo(1);
        assertThat(memory.taken()).isZero();
    }

    @Test
    void established_recordsThatGivePlainText_doNotCount() {
        Connection connection = Connection.established(memory);
        connection.channel.pipeline().addLast(connection.records.plainText());
        byte[] record = record(DATA, 10_000);

        for (int i = 0; i < 20; i++) {
            connection.arrive(record, 0, record.length);
            assertThat(memory.taken()).isZero();
        }

        assertThat(connection.passed()).hasSize(20);
        assertThat(connection.refused).isZero();
    }

    @Test
    void channelInactive_givesBackWhatItHolds() {
        Connection connection = Connection.established(memory);
        connection.arrive(record(DATA, MAX), 0, 9_000);

        connection.channel.pipeline().fireChannelInactive();

        assertThat(memory.taken()).isZero();
    }
}
