package steepest.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import steepest.AtomicFile;
import steepest.Device;
import steepest.Engine;
import steepest.SteepestException;
import steepest.Tunables;
import steepest.bench.TuningSearch;
import steepest.bench.TuningSearch.Answer;
import steepest.bench.TuningSearch.Family;
import steepest.bench.TuningSearch.Found;
import steepest.io.Json;

/** {@code tune}: the sizes of tiles, panels and groups with which a device's kernels are fastest. */
@Command(
        name = "tune",
        description = {
            "Search for the sizes of tiles, panels and groups with which an OpenCL device's kernels are fastest.",
            "What is found is written into a tuning table for this device and driver, which every command uses from then on."
                    + " Each candidate must give the right results before it is timed, beside the table that ships, and pass"
                    + " the parity cases of its ops before it is taken; what is not faster is not taken.",
            "Results stay within the same tolerances; their last bits may change with the table (--no-tuning: the one that"
                    + " ships). What is found until Ctrl-C is kept."
        },
        footer = {"", "Example:", "  ./steepest tune --device opencl --families matmul --seconds 60"})
final class TuneCommand implements Runnable {
    /** Candidates that a family's share of the time should suffice for. */
    private static final int CANDIDATES = 60;

    /** A candidate may take so long, and so long beyond the time for its family. */
    private static final double ANSWER_SECONDS = 120;

    private static final double GRACE_SECONDS = 10;
    private static final JsonMapper MAPPER = new JsonMapper();

    @Spec
    private CommandSpec spec;

    @Mixin
    private DeviceOptions device;

    @Option(
            names = "--families",
            paramLabel = "FAMILY",
            split = ",",
            description =
                    "Tune only these: matmul (on GPUs with the convolutions), reduction; on CPU devices convolution too (default: all that the device's class has).")
    private List<String> only = List.of();

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "180",
            description = "How long to search, all in all (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Override
    public void run() {
        if (!(seconds > 0 && seconds <= 86400))
            throw new ParameterException(
                    spec.commandLine(), "seconds: expected more than 0 and at most 86400, got " + seconds);
        String name = device.name(spec);
        String id = Device.of(name).info().id();
        Tunables tunables = Engine.get()
                .tunables(id)
                .orElseThrow(() -> SteepestException.of(
                        "tune: device %s has no tunables; expected an OpenCL device, as listed by ./steepest devices",
                        id));
        List<Family> families = chosen(TuningSearch.families(tree(tunables.search())));
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%s: %s; in use: %s%n", id, Device.of(name).info().name(), tunables.inUse());
        JsonNode table = tree(tunables.table());
        Map<String, Found> found = search(id, tunables, families, table);
        for (Found f : found.values()) table = f.table();
        boolean tried = found.values().stream().anyMatch(f -> f.tried() > 0);
        if (tried) write(tunables, (ObjectNode) table, found);
        out.print(table(found));
        for (var f : found.entrySet())
            f.getValue().failures().stream()
                    .distinct()
                    .forEach(why -> out.println("not usable, " + f.getKey() + ": " + why));
        out.println(
                tried
                        ? "wrote " + tunables.file()
                        : "nothing was tried, nothing is written; in use: " + tunables.inUse());
        var fields = new LinkedHashMap<String, Object>();
        fields.put("command", "tune");
        fields.put("device", id);
        fields.put("name", Device.of(name).info().name());
        fields.put("file", tunables.file().toString());
        fields.put("written", tried);
        fields.put(
                "families",
                found.entrySet().stream()
                        .map(f -> fields(f.getKey(), f.getValue()))
                        .toList());
        fields.put("table", table);
        Common.result(spec, fields);
    }

    private List<Family> chosen(List<Family> all) {
        List<String> names = all.stream().map(Family::name).toList();
        for (String f : only) Names.check(spec, "family", f, names);
        return all.stream()
                .filter(f -> only.isEmpty() || only.contains(f.name()))
                .toList();
    }

    private Map<String, Found> search(String id, Tunables tunables, List<Family> families, JsonNode inUse) {
        JsonNode standard = tree(tunables.standard());
        var found = new LinkedHashMap<String, Found>();
        double share = seconds / families.size();
        long begin = System.nanoTime();
        try (var interrupt = new Interrupt();
                var trials = new Trials(WorkerProcess.command(TuneWorker.class, id));
                var bar = Bar.ofTime(spec.commandLine().getErr(), "tune", seconds)) {
            for (Family family : families) {
                double end = share * (found.size() + 1);
                int[] tried = {0};
                TuningSearch.Judge judge = (f, table, proof, care) -> {
                    double now = elapsed(begin);
                    bar.say(f.name() + ", candidate " + ++tried[0]);
                    double each = care * Math.max(0.01, Math.min(0.3, share / CANDIDATES / 4));
                    double limit = Math.min(ANSWER_SECONDS, Math.max(0, end - now) + care * GRACE_SECONDS);
                    var request =
                            new TuneWorker.Request(f.ops(), f.work(), table, each, Math.min(proof, Double.MAX_VALUE));
                    return trials.attempt(request, limit);
                };
                Found f = TuningSearch.run(
                        family,
                        inUse,
                        standard,
                        t -> tunables.trouble().apply(t.toString()).isEmpty(),
                        judge,
                        () -> interrupt.asked() || elapsed(begin) > end);
                found.put(family.name(), f);
                inUse = f.table();
            }
        }
        return found;
    }

    private static double elapsed(long begin) {
        return (System.nanoTime() - begin) * 1e-9;
    }

    private static void write(Tunables tunables, ObjectNode table, Map<String, Found> found) {
        ObjectNode ratios = table.has("ratios") ? (ObjectNode) table.get("ratios") : table.objectNode();
        found.forEach((family, f) -> {
            if (f.tried() > 0) ratios.put(family, f.ratio());
        });
        table.put("about", "Found by ./steepest tune; ratios: how many times as fast as the table that ships.");
        table.set("madeFor", tree(tunables.madeFor()));
        table.set("ratios", ratios);
        AtomicFile.write(tunables.file(), Json.pretty(table));
    }

    private static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new SteepestException("tune: a table is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static String table(Map<String, Found> found) {
        var rows = new ArrayList<String[]>();
        found.forEach((family, f) -> rows.add(new String[] {
            family,
            "" + f.tried(),
            "" + f.failures().size(),
            f.tried() == 0
                    ? "no candidate was done in time (--seconds)"
                    : f.ratio() == 1 ? "as shipped" : String.format(Locale.ROOT, "%.2f times as fast", f.ratio())
        }));
        return DevicesCommand.table(List.of("family", "tried", "not usable", "best"), rows);
    }

    private static Map<String, Object> fields(String family, Found f) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("family", family);
        fields.put("tried", f.tried());
        fields.put("not_usable", f.failures().size());
        fields.put("ratio", f.ratio());
        fields.put("ratios", f.ratios());
        return fields;
    }

    /** Candidates, tried by a worker that is started anew when it dies or hangs. */
    static final class Trials implements AutoCloseable {
        private final List<String> command;
        private WorkerProcess worker;

        Trials(List<String> command) {
            this.command = command;
        }

        /**
         * @param limit after so many seconds without an answer the worker is ended
         */
        Answer attempt(TuneWorker.Request request, double limit) {
            if (worker == null) worker = new WorkerProcess(command);
            worker.say(Json.line(request));
            long end = System.nanoTime() + (long) (limit * 1e9);
            while (true) {
                String line = worker.next(end - System.nanoTime());
                if (line == null) {
                    String how = worker.kill();
                    worker = null;
                    return Answer.failed(how.isEmpty() ? "no answer within " + Math.round(limit) + " s: ended" : how);
                }
                if (line.startsWith(TuneWorker.ANSWER)) {
                    try {
                        return MAPPER.readValue(line.substring(TuneWorker.ANSWER.length()), Answer.class);
                    } catch (JsonProcessingException e) {
                        return Answer.failed("an answer that is none: " + e.getOriginalMessage());
                    }
                }
            }
        }

        @Override
        public void close() {
            if (worker != null) worker.kill();
        }
    }
}
