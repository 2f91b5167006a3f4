package steepest.app;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import steepest.data.DataStore;
import steepest.data.DataStore.Entry;
import steepest.data.DataStore.State;

/** What the commands about datasets have in common. */
abstract class DataAction implements Runnable {
    @Spec
    private CommandSpec spec;

    /** Where the datasets are. */
    abstract DataStore store();

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** The datasets meant by the names given, or by {@code --all}. */
    final List<String> chosen(DataStore store, List<String> names, boolean all) {
        for (String name : names) Names.check(spec, "dataset", name, store.names());
        if (all && !names.isEmpty())
            throw new ParameterException(spec.commandLine(), "--all and names exclude each other");
        if (!all && names.isEmpty())
            throw new ParameterException(
                    spec.commandLine(),
                    "names of datasets are expected, out of " + String.join(", ", store.names()) + ", or --all");
        return all ? store.names() : names;
    }

    final void list() {
        var store = store();
        var entries = store.list();
        out().printf(Locale.ROOT, "%-14s  %-7s  %10s  %s%n", "dataset", "state", "size", "from");
        for (var entry : entries)
            out().printf(
                            Locale.ROOT,
                            "%-14s  %-7s  %10s  %s%n",
                            entry.name(),
                            state(entry),
                            entry.state() == State.ABSENT ? "–" : size(entry.bytes()),
                            entry.problem().isEmpty() ? entry.from() : entry.problem());
        out().println("in " + store.directory());
        result(entries);
    }

    /** The result as JSON: the command and the datasets it was about. */
    final void result(List<Entry> entries) {
        var datasets = entries.stream()
                .map(entry -> {
                    Map<String, Object> fields = new LinkedHashMap<>();
                    fields.put("name", entry.name());
                    fields.put("state", state(entry));
                    fields.put("bytes", entry.bytes());
                    fields.put("directory", entry.directory().toString());
                    if (!entry.from().isEmpty()) fields.put("from", entry.from());
                    if (!entry.problem().isEmpty()) fields.put("problem", entry.problem());
                    return fields;
                })
                .toList();
        var fields = new LinkedHashMap<String, Object>();
        fields.put("command", spec.name().equals("data") ? "data list" : "data " + spec.name());
        fields.put("datasets", datasets);
        Common.result(spec, fields);
    }

    private static String state(Entry entry) {
        return entry.state().name().toLowerCase(Locale.ROOT);
    }

    static String size(long bytes) {
        if (bytes < 10 << 10) return bytes + " B";
        if (bytes < 10 << 20) return String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0);
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }
}
