package io.weir.gateway.ops;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** A disk with room for so many bytes. */
final class SmallDisk extends RotatingFiles {
    private final AtomicLong room;

    SmallDisk(Path file, AtomicLong room) {
        super(file, 1 << 20, 2);
        this.room = room;
    }

    @Override
    SeekableByteChannel create(Path path) throws IOException {
        SeekableByteChannel file = super.create(path);
        return new SeekableByteChannel() {
            @Override
            public int write(ByteBuffer from) throws IOException {
                long fits = Math.min(room.get(), from.remaining());
                if (fits == 0) {
                    throw new IOException("No space left on device");
                }
                ByteBuffer part = from.slice(from.position(), (int) fits);
                from.position(from.position() + (int) fits);
                room.addAndGet(-fits);
                return file.write(part);
            }

            @Override
            public int read(ByteBuffer to) throws IOException {
                return file.read(to);
            }

            @Override
            public long position() throws IOException {
                return file.position();
            }

            @Override
            public SeekableByteChannel position(long at) throws IOException {
                file.position(at);
                return this;
            }

            @Override
            public long size() throws IOException {
                return file.size();
            }

            @Override
            public SeekableByteChannel truncate(long size) throws IOException {
                file.truncate(size);
                return this;
            }

            @Override
            public boolean isOpen() {
                return file.isOpen();
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }
}
