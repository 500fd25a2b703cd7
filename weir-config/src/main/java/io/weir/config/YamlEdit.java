package io.weir.config;

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
     * @param path {@code key}, {@code section.key}, or that of a limit of a tenant
     * @throws ConfigException if the file is written in a way in which that cannot be done; the text is as it was
     */
    void set(String path, String value) throws ConfigException {
        List<String> keys = keys(path);
        Optional<MappingNode> mapping =
                YamlDocument.parse(name, text, "sections").root();
        for (int depth = 0; depth < keys.size(); depth++) {
            String key = keys.get(depth);
            Optional<Node> node = mapping.flatMap(each -> find(each, key)).map(NodeTuple::getValueNode);
            if (node.isEmpty()) {
                add(path, mapping, depth == 0, keys.subList(depth, keys.size()), value);
                return;
            }
            if (depth == keys.size() - 1) {
                replace(path, node.get(), value);
                return;
            }
            if (!(node.get() instanceof MappingNode below)) {
                throw cannot(path);
            }
            mapping = Optional.of(below);
        }
    }

    private static List<String> keys(String path) {
        Optional<String> tenant = Keys.tenantOf(path);
        if (tenant.isPresent()) {
            return List.of(Keys.TENANTS, tenant.get(), path.substring(path.lastIndexOf('.') + 1));
        }
        int dot = path.indexOf('.');
        return dot < 0 ? List.of(path) : List.of(path.substring(0, dot), path.substring(dot + 1));
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

    private void replace(String path, Node node, String value) throws ConfigException {
        if (!(node instanceof ScalarNode)
                || at(node.getStartMark(), Mark::getLine) != at(node.getEndMark(), Mark::getLine)) {
            throw cannot(path);
        }
        splice(offset(node.getStartMark()), offset(node.getEndMark()), scalar(value));
    }

    /** Adds keys, each below the one before: in the same way as the others of the mapping are written. */
    private void add(String path, Optional<MappingNode> mapping, boolean root, List<String> keys, String value)
            throws ConfigException {
        if (mapping.isPresent() && mapping.get().getFlowStyle() == FlowStyle.FLOW) {
            addInFlow(mapping.get(), keys, value);
        } else if (mapping.isEmpty() || (root && keys.size() > 1)) {
            append(block(0, keys, value));
        } else {
            addBehindLast(path, mapping.get(), keys, value);
        }
    }

    private void addInFlow(MappingNode mapping, List<String> keys, String value) {
        StringBuilder entry = new StringBuilder();
        keys.forEach(key ->
                entry.append(entry.isEmpty() ? "" : "{").append(scalar(key)).append(": "));
        entry.append(scalar(value)).append("}".repeat(keys.size() - 1));
        List<NodeTuple> entries = mapping.getValue();
        int last = entries.isEmpty()
                ? offset(mapping.getEndMark()) - 1
                : offset(entries.get(entries.size() - 1).getValueNode().getEndMark());
        splice(last, last, (entries.isEmpty() ? "" : ", ") + entry);
    }

    private void addBehindLast(String path, MappingNode mapping, List<String> keys, String value)
            throws ConfigException {
        List<NodeTuple> entries = mapping.getValue();
        if (entries.isEmpty()) {
            throw cannot(path);
        }
        NodeTuple last = entries.get(entries.size() - 1);
        String lines = block(at(last.getKeyNode().getStartMark(), Mark::getColumn), keys, value);
        int from = offset(last(last.getValueNode()).getEndMark());
        // A value of several lines ends where the next line begins.
        boolean atStart = from > 0 && text.charAt(from - 1) == '\n';
        int end = atStart ? from : text.indexOf('\n', from);
        if (end < 0) {
            append(lines);
        } else {
            int next = atStart ? end : end + 1;
            splice(next, next, lines);
        }
    }

    /**
     * The last value that a node holds: a block ends where what follows it begins, behind comments that belong there.
     */
    private static Node last(Node node) {
        if (node instanceof MappingNode mapping
                && mapping.getFlowStyle() == FlowStyle.BLOCK
                && !mapping.getValue().isEmpty()) {
            List<NodeTuple> entries = mapping.getValue();
            return last(entries.get(entries.size() - 1).getValueNode());
        }
        return node;
    }

    private String block(int column, List<String> keys, String value) {
        StringBuilder lines = new StringBuilder();
        for (int depth = 0; depth < keys.size(); depth++) {
            boolean last = depth == keys.size() - 1;
            lines.append(" ".repeat(column + 2 * depth))
                    .append(scalar(keys.get(depth)))
                    .append(last ? ": " + scalar(value) : ":")
                    .append(lineEnd);
        }
        return lines.toString();
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
