package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
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
            "  ./steepest experiment experiments/fast-is-better.yaml --store results/fast",
            "  ./steepest experiment report results/fast"
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

    @Option(
            names = "--jobs",
            paramLabel = "N",
            defaultValue = "1",
            description = "Cells at a time; results are the same (default: ${DEFAULT-VALUE}).")
    private int jobs;

    @Mixin
    private DeviceOptions device;

    @Mixin
    private DataOptions data;

    @Override
    public Integer call() {
        if (file == null) throw new ParameterException(spec.commandLine(), "a FILE with an experiment is expected");
        if (jobs < 1) throw new ParameterException(spec.commandLine(), "jobs: expected at least 1, got " + jobs);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Device on = Device.of(device.name(spec));
        Grid grid = Grid.read(file, smoke, on.info().id());
        Path kept = directory != null ? directory : Path.of("experiments-results", grid.name());
        out.printf(
                Locale.ROOT,
                "%s: %d networks, %d attacks on each, on %s; kept in %s%n",
                grid.name(),
                grid.trainings(),
                grid.attacksEach(),
                on.info().id(),
                kept);
        out.flush();
        try (Store store = Store.open(kept);
                Interrupt interrupt = new Interrupt();
                Watch watch = new Watch(out, err)) {
            Experiment.Outcome outcome = new Experiment(grid, store, on, (name, split) -> data.load(name, split, err))
                    .listener(watch)
                    .stopWhen(interrupt::asked)
                    .run(jobs);
            outcome.failed().forEach(line -> err.println("steepest: failed: " + line));
            out.printf(
                    Locale.ROOT,
                    "%d cells done, %d were there, %d failed%s%n",
                    outcome.done(),
                    outcome.kept(),
                    outcome.failed().size(),
                    outcome.interrupted() ? "; interrupted: the same command goes on" : "");
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("command", "experiment");
            fields.put("experiment", grid.name());
            fields.put("device", on.info().id());
            fields.put("done", outcome.done());
            fields.put("kept", outcome.kept());
            fields.put("failed", outcome.failed());
            fields.put("interrupted", outcome.interrupted());
            fields.put("store", kept.toString());
            Common.result(spec, fields);
            return outcome.interrupted() ? interrupt.status() : outcome.failed().isEmpty() ? 0 : 1;
        }
    }

    /** A bar over the cells, and a line for each that is done. */
    private static final class Watch implements Experiment.Listener, AutoCloseable {
        private final PrintWriter out;
        private final PrintWriter err;
        private Bar bar;
        private boolean fresh = true; // how many cells there are is known when the first is done

        Watch(PrintWriter out, PrintWriter err) {
            this.out = out;
            this.err = err;
        }

        @Override
        public synchronized void estimated(String dataset, int cells, double seconds) {
            out.printf(
                    Locale.ROOT,
                    "%s: %d cells to do, about %s at the rates measured now%n",
                    dataset,
                    cells,
                    seconds < 90
                            ? String.format(Locale.ROOT, "%.0f s", seconds)
                            : String.format(
                                    Locale.ROOT, "%d h %02d min", (long) seconds / 3600, (long) seconds / 60 % 60));
            out.flush();
        }

        @Override
        public synchronized void working(String what, long done, long total) {
            if (bar == null) bar = new Bar(err, "experiment", -1, " cells", 1);
            bar.say(String.format(Locale.ROOT, "%s %d/%d", what, done, total));
        }

        @Override
        public synchronized void finished(String what, int done, int total) {
            if (bar == null || fresh) {
                if (bar != null) bar.close();
                bar = new Bar(err, "experiment", total, " cells", 1);
                fresh = false;
            }
            bar.to(done);
            bar.above(() -> {
                out.println(what);
                out.flush();
            });
        }

        @Override
        public synchronized void close() {
            if (bar != null) bar.close();
        }
    }
}
