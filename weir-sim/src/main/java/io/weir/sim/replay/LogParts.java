package io.weir.sim.replay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The files of a decision log, oldest first. */
public final class LogParts {
    private final List<Path> files;
    private final List<String> notes = new ArrayList<>();

    /** How many bytes of the first file are left out; the line that they break off is left out as well. */
    private final long leftOut;

    private LogParts(List<Path> files, long leftOut) {
        this.files = files;
        this.leftOut = leftOut;
    }

    /** Takes what is done with each line. */
    interface Taker {
        /** @return false to read no further */
        boolean take(LogLine line) throws ReplayException;
    }

    /**
     * Finds the files. One that has been rotated brings LOG.1, LOG.2 and so on with it, of which the highest number is
     * the oldest; several are taken in the order given.
     *
     * @throws ReplayException if one does not exist
     */
    public static LogParts of(List<Path> given) throws ReplayException {
        for (Path file : given) {
            if (!Files.isRegularFile(file)) {
                throw new ReplayException(file + ": there is no such file");
            }
        }
        if (given.size() > 1) {
            return new LogParts(List.copyOf(given), 0);
        }
        List<Path> files = new ArrayList<>(given);
        for (Path file : given) {
            for (int i = 1; Files.isRegularFile(rotated(file, i)); i++) {
                files.add(0, rotated(file, i));
            }
        }
        return new LogParts(files, 0);
    }

    /**
     * The end of a log that may still be written: of its newest part, and of the one before if that is of the same run.
     *
     * @param file the newest part
     * @param maxBytes how much of it to take at the most
     * @throws ReplayException if it cannot be read
     */
    public static LogParts last(Path file, long maxBytes) throws ReplayException {
        try {
            long size = Files.size(file);
            Path before = rotated(file, 1);
            if (size >= maxBytes || !Files.isRegularFile(before) || !goesOn(file)) {
                return new LogParts(List.of(file), Math.max(0, size - maxBytes));
            }
            return new LogParts(List.of(before, file), Math.max(0, Files.size(before) + size - maxBytes));
        } catch (IOException e) {
            throw new ReplayException(file + ": cannot be read: " + e.getMessage());
        }
    }

    private static boolean goesOn(Path file) throws IOException {
        byte[] checkpoint = "{\"e\":\"checkpoint\"".getBytes(StandardCharsets.US_ASCII);
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(checkpoint.length), checkpoint);
        }
    }

    private BufferedReader open(Path file) throws IOException {
        long from = file.equals(files.get(0)) ? leftOut : 0;
        SeekableByteChannel channel = Files.newByteChannel(file);
        BufferedReader reader =
                new BufferedReader(Channels.newReader(channel.position(from), StandardCharsets.US_ASCII));
        if (from > 0) {
            reader.readLine();
        }
        return reader;
    }

    private static Path rotated(Path file, int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    /** The files. */
    public List<Path> files() {
        return files;
    }

    /** What was left out, for a person; complete when all lines were handed over. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /**
     * Hands over every line. The last line of a run is left out if it breaks off, as it does when the process was
     * killed or its disk full.
     *
     * @throws ReplayException if a line is none, or one breaks off and others of the same run follow
     */
    void forEach(Taker taker) throws ReplayException {
        notes.clear();
        String cut = null;
        for (Path file : files) {
            try (BufferedReader reader = open(file)) {
                boolean whole = endsWithALine(file);
                long number = 0;
                String line = reader.readLine();
                while (line != null) {
                    number++;
                    String following = reader.readLine();
                    String where = file + ":" + number;
                    if (following == null && !whole) {
                        cut = where;
                        notes.add(where + ": truncated last line ignored (file cut off, or still being written)");
                    } else {
                        LogLine parsed = parse(where, line);
                        if (cut != null && !parsed.event().equals("start")) {
                            throw new ReplayException(cut + ": truncated line, and " + where
                                    + " follows it: the lines between them are missing");
                        }
                        cut = null;
                        if (!taker.take(parsed)) {
                            return;
                        }
                    }
                    line = following;
                }
            } catch (IOException e) {
                throw new ReplayException(file + ": cannot be read: " + e.getMessage());
            }
        }
    }

    private static LogLine parse(String where, String line) throws ReplayException {
        LogLine parsed = LogLine.parse(where, line);
        if (parsed.event().equals("gap")) {
            throw new ReplayException(
                    where + ": decisions are missing here, because they came faster than they could be written, or"
                            + " the file could not be written: " + line
                            + ". What follows cannot be replayed; remove this line and what follows it to"
                            + " replay what is before it");
        }
        return parsed;
    }

    private static boolean endsWithALine(Path file) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
            if (bytes.length() == 0) {
                return true;
            }
            bytes.seek(bytes.length() - 1);
            return bytes.read() == '\n';
        }
    }
}
