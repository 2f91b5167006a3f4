package steepest.lab;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import steepest.SteepestException;

/** A value in a YAML file that knows where it stands, so that whatever is wrong with it is told with file, line and key. */
record Entry(String file, String key, Node node) {
    /** The whole of a file. @throws SteepestException if it cannot be read or is no YAML */
    static Entry read(Path file) {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
    }

    /** @param file the name in errors */
    static Entry parse(String file, String text) {
        try {
            Node node = new Yaml(new LoaderOptions()).compose(new StringReader(text));
            if (node == null) throw SteepestException.of("%s: expected an experiment, found nothing", file);
            return new Entry(file, "", node);
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            throw new SteepestException(
                    file + ":" + line + ": expected YAML, found an error: " + oneLine(e.getProblem()), e);
        } catch (YAMLException e) {
            throw new SteepestException(file + ": expected YAML: " + oneLine(e.getMessage()), e);
        }
    }

    private static String oneLine(String text) {
        return text == null ? "unreadable" : text.lines().findFirst().orElse("");
    }

    /** The error that this is not what it should be. */
    SteepestException expected(String what) {
        return wrong("expected " + what + ", found " + found());
    }

    /** An error at this place. */
    SteepestException wrong(String message) {
        String at = file + ":" + (node.getStartMark().getLine() + 1) + ": ";
        return new SteepestException(at + (key.isEmpty() ? "" : key + ": ") + message);
    }

    private String found() {
        if (node instanceof ScalarNode s) return s.getValue().isEmpty() ? "nothing" : "'" + s.getValue() + "'";
        return node instanceof SequenceNode ? "a list" : "a mapping";
    }

    /** Does something whose errors are told as of this place. */
    <T> T here(Supplier<T> body) {
        try {
            return body.get();
        } catch (SteepestException e) {
            if (e.getMessage().startsWith(file + ":")) throw e; // has its place
            // what is told of a setting is told where the setting stands
            if (node instanceof MappingNode)
                for (Entry own : mapping().values()) {
                    String name = own.key.substring(own.key.lastIndexOf('.') + 1);
                    if (e.getMessage().startsWith(name + ":"))
                        throw own.wrong(
                                e.getMessage().substring(name.length() + 1).strip());
                }
            throw wrong(e.getMessage());
        }
    }

    /** The entries of a mapping, in order. @throws SteepestException if it is none, or a key comes twice */
    Map<String, Entry> mapping() {
        if (!(node instanceof MappingNode m)) throw expected("a mapping of keys to values");
        Map<String, Entry> all = new LinkedHashMap<>();
        for (NodeTuple t : m.getValue()) {
            Entry name = new Entry(file, key, t.getKeyNode());
            if (!(t.getKeyNode() instanceof ScalarNode s)) throw name.expected("a key");
            String full = key.isEmpty() ? s.getValue() : key + "." + s.getValue();
            if (all.put(s.getValue(), new Entry(file, full, t.getValueNode())) != null)
                throw new Entry(file, full, t.getKeyNode()).wrong("expected each key once, found it twice");
        }
        return all;
    }

    /** As {@link #mapping}. @throws SteepestException if there is another key than these */
    Map<String, Entry> mapping(List<String> known) {
        Map<String, Entry> all = mapping();
        all.forEach((name, e) -> {
            if (!known.contains(name)) throw e.wrong("unknown key, expected one of " + String.join(", ", known));
        });
        return all;
    }

    /** The elements of a list; what is none is its only element. */
    List<Entry> list() {
        if (!(node instanceof SequenceNode s)) return List.of(this);
        if (s.getValue().isEmpty()) throw wrong("expected at least one element, found none");
        List<Entry> all = new ArrayList<>();
        for (Node n : s.getValue()) all.add(new Entry(file, key + "[" + all.size() + "]", n));
        return all;
    }

    String text() {
        if (!(node instanceof ScalarNode s) || s.getValue().isEmpty()) throw expected("a single value");
        return s.getValue();
    }

    String oneOf(List<String> known) {
        if (!known.contains(text())) throw expected("one of " + String.join(", ", known));
        return text();
    }

    private <T> T number(Function<String, T> parse, String what) {
        try {
            return parse.apply(text());
        } catch (NumberFormatException e) {
            throw expected(what);
        }
    }

    int count(int least) {
        int n = number(Integer::parseInt, "a whole number of at least " + least);
        if (n < least) throw expected("a whole number of at least " + least);
        return n;
    }

    long whole() {
        return number(Long::parseLong, "a whole number");
    }

    double number() {
        double v = number(Double::parseDouble, "a number");
        if (!Double.isFinite(v)) throw expected("a number");
        return v;
    }
}
