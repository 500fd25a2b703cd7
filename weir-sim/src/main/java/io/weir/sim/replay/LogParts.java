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
public final class LogParts {
    private final List<Path> files;
    private final List<String> notes = new ArrayList<>();

    private LogParts(List<Path> files) {
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
    public static LogParts of(List<Path> given) throws ReplayException {
        for (Path file : given) {
            if (!Files.isRegularFile(file)) {
                throw new ReplayException(file + ": there is no such file");
            }
        }
        if (given.size() > 1) {
            return new LogParts(List.copyOf(given));
        }
        List<Path> files = new ArrayList<>(given);
        for (Path file : given) {
            for (int i = 1; Files.isRegularFile(rotated(file, i)); i++) {
                files.add(0, rotated(file, i));
            }
        }
        return new LogParts(files);
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
            try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
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
