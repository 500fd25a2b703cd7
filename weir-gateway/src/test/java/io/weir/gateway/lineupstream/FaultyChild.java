package io.weir.gateway.lineupstream;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** {@link TestChild} behind pipes that fail: what happens to the n-th child follows from the seed and n. */
public final class FaultyChild {
    private enum Fault {
        NONE,
        DELAY,
        BYTES,
        EXIT,
        /** The direction ends, the process goes on. */
        CLOSE,
        BLACK_HOLE
    }

    private FaultyChild() {}

    /** How this program is started; each child takes the next number, of which there is a file in that directory. */
    public static List<String> command(long seed, Path numbers) {
        List<String> words = new ArrayList<>(TestChild.command(Long.toString(seed), numbers.toString()));
        words.set(words.indexOf(TestChild.class.getName()), FaultyChild.class.getName());
        return words;
    }

    public static void main(String[] arguments) throws Exception {
        int number = 0;
        while (!take(Path.of(arguments[1], Integer.toString(number)))) {
            number++;
        }
        Random random = new Random(Long.parseLong(arguments[0]) * 1_000_003 + number);
        Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
        boolean output = random.nextBoolean();
        // The answer to initialize is some 200 bytes.
        int after = random.nextInt(4) == 0 ? random.nextInt(300) : 300 + random.nextInt(6_000);
        InputStream in = new FileInputStream(FileDescriptor.in);
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        System.setIn(output ? in : new Input(in, fault, after));
        System.setOut(new PrintStream(output ? new Output(out, fault, after) : out, true, StandardCharsets.UTF_8));
        TestChild.main(new String[0]);
    }

    private static boolean take(Path number) throws IOException {
        try {
            Files.createFile(number);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Input extends FilterInputStream {
        private final Fault fault;
        private int left;

        Input(InputStream in, Fault fault, int after) {
            super(in);
            this.fault = fault;
            this.left = after;
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            if (left > 0) {
                int read = super.read(to, from, Math.min(length, left));
                left -= Math.max(0, read);
                return read;
            }
            switch (fault) {
                case DELAY -> sleep(20);
                case EXIT -> Runtime.getRuntime().halt(3);
                case CLOSE -> {
                    in.close();
                    sleep(600_000);
                }
                case BLACK_HOLE -> sleep(600_000);
                default -> {
                    // It is read.
                }
            }
            return super.read(to, from, fault == Fault.BYTES ? 1 : length);
        }
    }

    private static final class Output extends OutputStream {
        private final OutputStream out;
        private final Fault fault;
        private int left;

        Output(OutputStream out, Fault fault, int after) {
            this.out = out;
            this.fault = fault;
            this.left = after;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int start, int length) throws IOException {
            int clean = Math.min(left, length);
            out.write(from, start, clean);
            left -= clean;
            if (clean == length) {
                return;
            }
            switch (fault) {
                case EXIT -> Runtime.getRuntime().halt(3);
                case CLOSE -> {
                    out.close();
                    sleep(600_000);
                }
                case BLACK_HOLE -> {
                    return;
                }
                case DELAY -> sleep(20);
                default -> {
                    // It is written.
                }
            }
            if (fault == Fault.BYTES) {
                for (int i = start + clean; i < start + length; i++) {
                    out.write(from, i, 1);
                }
            } else {
                out.write(from, start + clean, length - clean);
            }
        }
    }
}
