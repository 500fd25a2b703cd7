package io.weir.sim.scenario;

import io.weir.config.ConfigException;
import io.weir.config.Suggestions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** A scenario file in YAML. Every problem says at which line and column, and all are told at once. */
final class Document {
    private final String name;
    private final List<String> problems = new ArrayList<>();

    private Document(String name) {
        this.name = name;
    }

    /** The document's keys. @throws ConfigException if it is not YAML */
    static Section parse(String name, String text) throws ConfigException {
        try {
            Optional<Node> node =
                    new Compose(LoadSettings.builder().setUseMarks(true).build()).composeString(text);
            if (node.isPresent() && node.get() instanceof MappingNode mapping) {
                return new Section(new Document(name), mapping, "");
            }
            throw new ConfigException(List.of(name + ":1:1: must begin with keys, such as duration: 60s"));
        } catch (MarkedYamlEngineException e) {
            String at = e.getProblemMark()
                    .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                    .orElse("");
            throw new ConfigException(List.of(name + at + ": is not YAML: " + e.getProblem()));
        } catch (YamlEngineException e) {
            throw new ConfigException(List.of(name + ": is not YAML: " + e.getMessage()));
        } catch (StackOverflowError e) {
            // The parser goes one call deeper for each level, and has no limit of its own.
            throw new ConfigException(List.of(name + ": is nested too deeply"));
        }
    }

    void problem(Node where, String what) {
        String at = where.getStartMark()
                .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                .orElse("");
        problems.add(name + at + ": " + what);
    }

    void throwProblems() throws ConfigException {
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }

    static String nearest(String word, Collection<String> candidates) {
        return Suggestions.to(word, candidates)
                .map(found -> "; the nearest is " + found)
                .orElse("; there are " + String.join(", ", candidates));
    }
}
