package io.weir.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Sets single values in the text of a file in YAML; all else stays as it is, comments included. Not thread-safe. */
final class YamlEdit {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_. %/-]*");

    private final String name;
    private final String lineEnd;
    private String text;

    /** @param name of the file, for problems */
    YamlEdit(String name, String text) {
        this.name = name;
        this.text = text;
        this.lineEnd = text.contains("\r\n") ? "\r\n" : "\n";
    }

    /** The text by now. */
    String text() {
        return text;
    }

    /**
     * Sets a value.
     *
     * @param path {@code key}, or {@code section.key}
     * @throws ConfigException if the file is written in a way in which that cannot be done; the text is as it was
     */
    void set(String path, String value) throws ConfigException {
        int dot = path.indexOf('.');
        Optional<MappingNode> root = YamlDocument.parse(name, text, "sections").root();
        if (dot < 0) {
            setIn(root, path, value);
            return;
        }
        String section = path.substring(0, dot);
        String key = path.substring(dot + 1);
        Optional<Node> node = root.flatMap(each -> find(each, section)).map(NodeTuple::getValueNode);
        if (node.isEmpty()) {
            addSection(root, section, key, value);
        } else if (node.get() instanceof MappingNode mapping) {
            setIn(Optional.of(mapping), key, value);
        } else {
            throw cannot(path);
        }
    }

    private ConfigException cannot(String path) {
        return new ConfigException(List.of(name + ": " + path
                + " cannot be written into the file as it is laid out; write it there by hand, on a line of its own"));
    }

    private static Optional<NodeTuple> find(MappingNode mapping, String key) {
        return mapping.getValue().stream()
                .filter(entry -> YamlDocument.text(entry.getKeyNode()).equals(key))
                .findFirst();
    }

    private void setIn(Optional<MappingNode> mapping, String key, String value) throws ConfigException {
        Optional<NodeTuple> entry = mapping.flatMap(each -> find(each, key));
        if (entry.isPresent()) {
            replace(key, entry.get().getValueNode(), value);
        } else if (mapping.isEmpty()) {
            append(key + ": " + scalar(value) + lineEnd);
        } else {
            add(mapping.get(), key, scalar(value));
        }
    }

    private void replace(String key, Node node, String value) throws ConfigException {
        if (!(node instanceof ScalarNode)
                || at(node.getStartMark(), Mark::getLine) != at(node.getEndMark(), Mark::getLine)) {
            throw cannot(key);
        }
        splice(offset(node.getStartMark()), offset(node.getEndMark()), scalar(value));
    }

    private void addSection(Optional<MappingNode> root, String section, String key, String value)
            throws ConfigException {
        if (root.isPresent() && root.get().getFlowStyle() == FlowStyle.FLOW) {
            add(root.get(), section, "{" + key + ": " + scalar(value) + "}");
        } else {
            append(section + ":" + lineEnd + "  " + key + ": " + scalar(value) + lineEnd);
        }
    }

    /** Behind the last entry: in the same way as the others are written. */
    private void add(MappingNode mapping, String key, String value) throws ConfigException {
        List<NodeTuple> entries = new ArrayList<>(mapping.getValue());
        if (mapping.getFlowStyle() == FlowStyle.FLOW) {
            int end = offset(mapping.getEndMark()) - 1;
            int last = entries.isEmpty()
                    ? end
                    : offset(entries.get(entries.size() - 1).getValueNode().getEndMark());
            splice(last, last, (entries.isEmpty() ? "" : ", ") + key + ": " + value);
            return;
        }
        if (entries.isEmpty()) {
            throw cannot(key);
        }
        NodeTuple last = entries.get(entries.size() - 1);
        int column = at(last.getKeyNode().getStartMark(), Mark::getColumn);
        int from = offset(last.getValueNode().getEndMark());
        // A value of several lines ends where the next line begins.
        boolean atStart = from > 0 && text.charAt(from - 1) == '\n';
        int end = atStart ? from : text.indexOf('\n', from);
        String line = " ".repeat(column) + key + ": " + value + lineEnd;
        if (end < 0) {
            append(line);
        } else {
            int next = atStart ? end : end + 1;
            splice(next, next, line);
        }
    }

    private void append(String lines) {
        String end = text.isEmpty() || text.endsWith("\n") ? "" : lineEnd;
        text = text + end + lines;
    }

    private void splice(int from, int to, String replacement) {
        text = text.substring(0, from) + replacement + text.substring(to);
    }

    private static int at(Optional<Mark> mark, ToIntFunction<Mark> part) {
        return mark.map(part::applyAsInt).orElseThrow();
    }

    /** Marks count code points. */
    private int offset(Optional<Mark> mark) {
        return text.offsetByCodePoints(0, at(mark, Mark::getIndex));
    }

    private static String scalar(String value) {
        return PLAIN.matcher(value).matches()
                ? value
                : "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
