package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import steepest.Device;
import steepest.lab.Experiment;
import steepest.lab.Grid;
import steepest.lab.Store;

/** {@code experiment}: trains and attacks all that a file asks for, and keeps the results. */
@Command(
        name = "experiment",
        subcommands = ExperimentReportCommand.class,
        description =
                "Train and attack a grid of networks that a YAML file describes; what is finished is not repeated.",
        footer = {
            "",
            "The store holds results.jsonl, a record for each training and each attack, the networks and some examples."
                    + " Ctrl-C, a crash or a kill loses the cells under way only: the same command goes on from there.",
            "",
            "Examples:",
            "  ./steepest experiment experiments/clustre-mnist.yaml --smoke",
            "  ./steepest experiment experiments/madry.yaml --dry-run",
            "  ./steepest experiment experiments/madry.yaml --store results/madry --devices opencl:0.0,opencl:0.1",
            "  ./steepest experiment report results/madry"
        })
final class ExperimentCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "0..1", description = "The experiment, in YAML.")
    private Path file;

    @Option(
            names = "--store",
            paramLabel = "DIR",
            description = "Where results are kept (default: experiments-results/NAME of the experiment).")
    private Path directory;

    @Option(names = "--smoke", description = "The size that ends within a minute, to see that all of it works.")
    private boolean smoke;

    @Option(names = "--dry-run", description = "Only say what is to be done, and how long it may take.")
    private boolean dry;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            defaultValue = "1",
            description = "Cells at a time on each device; results are the same (default: ${DEFAULT-VALUE}).")
    private int jobs;

    @Option(
            names = {"--device", "--devices"},
            paramLabel = "DEVICE[,DEVICE...]",
            defaultValue = "auto",
            description =
                    "As listed by ./steepest devices (default: ${DEFAULT-VALUE}); of several, all of one make, each cell"
                            + " gets one. Results are kept as of the first and are the same.")
    private String names;

    @Mixin
    private BackendOptions backends;

    @Mixin
    private DataOptions data;

    @Override
    public Integer call() {
        if (file == null) throw new ParameterException(spec.commandLine(), "a FILE with an experiment is expected");
        if (jobs < 1) throw new ParameterException(spec.commandLine(), "jobs: expected at least 1, got " + jobs);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        backends.apply(spec);
        List<Device> devices = DevicesOptions.devices(spec, names);
        String on = devices.stream().map(d -> d.info().id()).collect(Collectors.joining(","));
        if (devices.stream().distinct().count() < devices.size())
            throw new ParameterException(spec.commandLine(), "devices: expected each once, got " + on);
        Grid grid = Grid.read(file, smoke, devices.get(0).info().id());
        Path kept = directory != null ? directory : Path.of("experiments-results", grid.name());
        out.printf(
                Locale.ROOT,
                "%s: %d networks, %d attacks on each, on %s; kept in %s%n",
                grid.name(),
                grid.trainings(),
                grid.attacksEach(),
                on,
                kept);
        out.flush();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("command", "experiment");
        fields.put("experiment", grid.name());
        fields.put("device", on);
        fields.put("store", kept.toString());
        try (Store store = dry ? Store.peek(kept) : Store.open(kept);
                Interrupt interrupt = new Interrupt();
                Watch watch = new Watch(out, err, devices.size())) {
            Experiment experiment = new Experiment(grid, store, devices, (name, split) -> data.load(name, split, err))
                    .listener(watch)
                    .stopWhen(interrupt::asked);
            if (dry) {
                Experiment.Outlook outlook = experiment.outlook();
                watch.planned(outlook);
                out.print(table(outlook));
                fields.put("dry_run", true);
                fields.put("cells", outlook.cells());
                fields.put("kept", outlook.kept());
                fields.put("estimated_seconds", outlook.seconds());
                fields.put(
                        "methods",
                        outlook.lines().stream().map(ExperimentCommand::fields).toList());
                Common.result(spec, fields);
                return 0;
            }
            Experiment.Outcome outcome = experiment.run(jobs);
            out.printf(
                    Locale.ROOT,
                    "%d cells done, %d were there, %d failed%s%n",
                    outcome.done(),
                    outcome.kept(),
                    outcome.failed().size(),
                    outcome.interrupted() ? "; interrupted: the same command goes on" : "");
            fields.put("done", outcome.done());
            fields.put("kept", outcome.kept());
            fields.put("failed", outcome.failed());
            fields.put("interrupted", outcome.interrupted());
            Common.result(spec, fields);
            return outcome.interrupted() ? interrupt.status() : outcome.failed().isEmpty() ? 0 : 1;
        }
    }

    private static String table(Experiment.Outlook outlook) {
        StringBuilder table = new StringBuilder();
        int widest = outlook.lines().stream()
                .mapToInt(l -> l.method().length())
                .max()
                .orElse(6);
        String row = "%-14s %-10s %-" + Math.max(6, widest) + "s %9s %11s %8s %11s%n";
        table.append(
                String.format(Locale.ROOT, row, "dataset", "model", "method", "networks", "time", "attacks", "time"));
        for (Experiment.Outlook.Line l : outlook.lines())
            table.append(String.format(
                    Locale.ROOT,
                    row,
                    l.dataset(),
                    l.model(),
                    l.method(),
                    l.trainings(),
                    Quantities.duration(l.trainingSeconds()),
                    l.attacks(),
                    Quantities.duration(l.attackSeconds())));
        return table.toString();
    }

    private static Map<String, Object> fields(Experiment.Outlook.Line line) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("dataset", line.dataset());
        fields.put("model", line.model());
        fields.put("method", line.method());
        fields.put("trainings", line.trainings());
        fields.put("training_seconds", line.trainingSeconds());
        fields.put("attacks", line.attacks());
        fields.put("attack_seconds", line.attackSeconds());
        return fields;
    }

    /** A bar over the work, and a line for each cell that is done. */
    private static final class Watch implements Experiment.Listener, AutoCloseable {
        private final PrintWriter out;
        private final PrintWriter err;
        private final int devices;
        private Bar bar;
        private String cells = "";
        private long work; // in milliseconds

        Watch(PrintWriter out, PrintWriter err, int devices) {
            this.out = out;
            this.err = err;
            this.devices = devices;
        }

        @Override
        public synchronized void planned(Experiment.Outlook outlook) {
            out.printf(
                    Locale.ROOT,
                    "%d cells to do, %d are there; about %s%s%n",
                    outlook.cells(),
                    outlook.kept(),
                    Quantities.duration(outlook.seconds() / devices),
                    devices > 1 ? " on " + devices + " devices" : "");
            out.flush();
            cells = "0/" + outlook.cells();
            work = Math.max(1, Math.round(1000 * outlook.seconds()));
        }

        @Override
        public synchronized void working(String what, double done) {
            if (bar == null) bar = new Bar(err, "experiment", work, " s of work", 1000);
            bar.to(Math.round(1000 * done));
            bar.say(cells + " cells; " + what);
        }

        @Override
        public synchronized void finished(String what, int done, int total) {
            cells = done + "/" + total;
            above(out, what);
        }

        @Override
        public synchronized void failed(String what) {
            above(err, "steepest: failed: " + what);
        }

        private void above(PrintWriter to, String line) {
            bar.above(() -> {
                to.println(line);
                to.flush();
            });
        }

        @Override
        public synchronized void close() {
            if (bar != null) bar.close();
        }
    }
}
