package io.weir.sim.replay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The files of a decision log, oldest first. */
public final class LogFiles {
    private final List<Path> files;

    private LogFiles(List<Path> files) {
        this.files = files;
    }

    /** Takes what is done with each line. */
    interface Taker {
        /** @return false to read no further */
        boolean take(LogLine line) throws ReplayException;
    }

    /**
     * Finds the files. One that has been rotated brings LOG.1, LOG.2 and so on with it, of which the highest number is the oldest; several are taken
     * in the order given.
     *
     * @throws ReplayException if one does not exist
     */
    public static LogFiles of(List<Path> given) throws ReplayException {
        for (Path file : given) {
            if (!Files.isRegularFile(file)) {
                throw new ReplayException(file + ": there is no such file");
            }
        }
        if (given.size() > 1) {
            return new LogFiles(List.copyOf(given));
        }
        List<Path> files = new ArrayList<>(given);
        for (Path file : given) {
            for (int i = 1; Files.isRegularFile(rotated(file, i)); i++) {
                files.add(0, rotated(file, i));
            }
        }
        return new LogFiles(files);
    }

    private static Path rotated(Path file, int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    /** The files. */
    public List<Path> files() {
        return files;
    }

    /** Hands over every line. @throws ReplayException if a line is none, or the last one breaks off */
    void forEach(Taker taker) throws ReplayException {
        for (Path file : files) {
            try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
                if (!lines(file, reader, endsWithALine(file), taker)) {
                    return;
                }
            } catch (IOException e) {
                throw new ReplayException(file + ": cannot be read: " + e.getMessage());
            }
        }
    }

    private static boolean lines(Path file, BufferedReader reader, boolean whole, Taker taker)
            throws IOException, ReplayException {
        long number = 0;
        String line = reader.readLine();
        while (line != null) {
            number++;
            String following = reader.readLine();
            String where = file + ":" + number;
            if (following == null && !whole) {
                throw new ReplayException(
                        where + ": breaks off in the middle of the line: the file was cut, or is still being"
                                + " written. Remove that line to replay what is before it");
            }
            LogLine parsed = LogLine.parse(where, line);
            if (parsed.event().equals("gap")) {
                throw new ReplayException(
                        where + ": decisions are missing here, because they came faster than they could be"
                                + " written: " + line
                                + ". What follows cannot be replayed; remove this line and what follows it to"
                                + " replay what is before it");
            }
            if (!taker.take(parsed)) {
                return false;
            }
            line = following;
        }
        return true;
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
