package io.weir.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What the files of a configuration held when they were read. Immutable.
 *
 * @param texts by the file
 */
public record ConfigTexts(Map<Path, String> texts) {
    /** A copy that is guaranteed not to change. */
    public ConfigTexts {
        texts = Map.copyOf(texts);
    }

    /** Reads files. @throws ConfigException with each that cannot be read */
    static ConfigTexts read(List<Path> files) throws ConfigException {
        Map<Path, String> texts = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        for (Path file : files) {
            try {
                texts.put(file, YamlDocument.text(file));
            } catch (ConfigException e) {
                problems.addAll(e.problems());
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new ConfigTexts(texts);
    }

    /** The text of a file that was read. */
    public String of(Path file) {
        return Objects.requireNonNull(texts.get(file), () -> file + " was not read");
    }

    /** These texts, with another one of that file. */
    public ConfigTexts with(Path file, String text) {
        Map<Path, String> changed = new LinkedHashMap<>(texts);
        changed.put(file, text);
        return new ConfigTexts(changed);
    }
}
