package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
import steepest.SteepestException;
import steepest.data.Split;
import steepest.io.WeightsHash;
import steepest.nn.Initializer;
import steepest.nn.Models;
import steepest.nn.Weights;
import steepest.optim.DataParallel;
import steepest.optim.Optimizers;
import steepest.optim.Schedule;
import steepest.train.Evaluation;
import steepest.train.TrainConfig;
import steepest.train.TrainResult;
import steepest.train.Trained;
import steepest.train.Trainer;

/** {@code train}: trains a network and keeps the run in a directory. */
@Command(
        name = "train",
        description = "Train a network on a dataset and keep it in a run directory.",
        footer = {
            "",
            "The run directory holds model.safetensors, config.json, metrics.jsonl, loss.png and confusion.png.",
            "Ctrl-C ends the training early and keeps what there is; a second one ends it at once.",
            "",
            "Examples:",
            "  ./steepest train mnist --model lenet --epochs 3",
            "  ./steepest train mnist --model fast-cnn --epochs 10 --robust fgsm-rs --eps 0.3",
            "  ./steepest train mnist --from runs/mnist-lenet --robust fixed-set --examples adv.npz",
            "  ./steepest train digits --devices opencl:0.0/0,opencl:0.0/1"
        })
final class TrainCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DATASET", description = "mnist, fashion-mnist, digits or idx:DIR (one's own IDX files).")
    private String dataset;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "${COMPLETION-CANDIDATES} (default: lenet, or mlp for samples too small for it).",
            completionCandidates = ModelNames.class)
    private String model; // null: not chosen

    @Option(names = "--epochs", paramLabel = "N", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
    private int epochs;

    @Option(
            names = "--batch",
            paramLabel = "B",
            defaultValue = "64",
            description = "Samples in a step (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME",
            defaultValue = "adam",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
            completionCandidates = OptimizerNames.class)
    private String optimizer;

    @Option(
            names = "--init",
            paramLabel = "NAME",
            defaultValue = "he",
            description =
                    "Where weights begin: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}; fan-in: as PyTorch's do).",
            completionCandidates = InitNames.class)
    private String init;

    @Option(
            names = "--lr",
            paramLabel = "R",
            defaultValue = "0.003",
            description = "The highest learning rate (default: ${DEFAULT-VALUE}).")
    private double lr;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            defaultValue = "linear",
            description =
                    "How the rate goes: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, down to 0; cyclic: up first, for two"
                            + " fifths of the steps).",
            completionCandidates = ScheduleNames.class)
    private String schedule;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "0",
            description = "Of the initial weights, the order of samples and dropout (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "Use only the first N samples for training and for testing.")
    private Integer limit;

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            description = "Where to keep the run (default: runs/DATASET-MODEL, with a number where that exists).")
    private Path directory;

    @Option(
            names = "--from",
            paramLabel = "RUN_DIR",
            description = "Begin with the weights of another run (and, if nothing else is said, its model).")
    private Path from;

    @Mixin
    private RobustOptions robust;

    @Mixin
    private DevicesOptions devices;

    @Mixin
    private DataOptions data;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        var start = from == null ? null : Trained.load(from);
        if (start != null && model == null) model = start.name();
        var config = robust.check(spec, config(), start);
        var train = data.load(dataset, Split.TRAIN, err);
        var test = data.load(dataset, Split.TEST, err);
        if (model == null) config = config.withModel(Models.standard(train.sampleShape()));
        var trainer = new Trainer(config, train, test);
        if (start != null) trainer.from(start);
        if (directory != null && directory.toString().isBlank())
            throw new ParameterException(spec.commandLine(), "--run-dir: expected a directory, got an empty name");
        Path run = directory == null ? unused(config) : directory;
        try (var interrupt = new Interrupt();
                var method = robust.method(config, train, trainer.model(), out)) {
            var notes = notes(method.notes(), start);
            trainer.objective(method.objective()).feed(method.feed()).notes(notes);
            TrainResult result;
            try (var report = new TrainReport(out, err, config)) {
                result = trainer.into(run)
                        .listener(report)
                        .stopWhen(interrupt::asked)
                        .train();
            }
            if (result.interrupted())
                err.printf(
                        Locale.ROOT,
                        "steepest: interrupted after %s; the model as it is now, and what was measured, are in %s%n",
                        Quantities.count(result.steps(), "step"),
                        run);
            RunPictures.write(run, result, test.classNames());
            result.test().ifPresent(evaluation -> EvalCommand.tell(out, evaluation, test.classNames()));
            out.printf(
                    Locale.ROOT,
                    "%.1f s, %,.0f training samples/s; kept in %s%n",
                    result.seconds(),
                    result.samplesPerSecond(),
                    run);
            if (result.shares().size() > 1) result.shares().forEach(share -> tell(out, share, result));
            Common.result(spec, fields(run, result, notes));
            return result.interrupted() ? interrupt.status() : 0;
        }
    }

    private TrainConfig config() {
        DataOptions.checkLoadable(spec, dataset);
        if (model != null) Names.check(spec, "model", model, Models.names());
        Names.check(spec, "optimizer", optimizer, Optimizers.names());
        Names.check(spec, "schedule", schedule, Schedule.NAMES);
        Names.check(spec, "initializer", init, Initializer.NAMES);
        String on = devices.names(spec);
        try {
            String net = model == null ? "lenet" : model;
            return new TrainConfig(dataset, net, init, epochs, batch, optimizer, lr, schedule, seed, on, limit);
        } catch (SteepestException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** A directory that no earlier run is in. */
    private static Path unused(TrainConfig config) {
        String set = config.dataset().startsWith("idx:") ? "idx" : config.dataset();
        Path first = Path.of("runs", set + "-" + config.model());
        Path directory = first;
        for (int i = 2; Files.exists(directory); i++) directory = Path.of(first + "-" + i);
        return directory;
    }

    private static void tell(PrintWriter out, DataParallel.Share share, TrainResult result) {
        double all =
                result.shares().stream().mapToLong(DataParallel.Share::samples).sum();
        out.printf(
                Locale.ROOT,
                "%s: %,d samples, %.1f %% of all, at %,.0f samples/s%n",
                share.device().id(),
                share.samples(),
                100 * share.samples() / all,
                share.samplesPerSecond());
    }

    /** What beside the configuration determines the run. */
    private Map<String, Object> notes(Map<String, Object> method, Trained start) {
        var notes = new LinkedHashMap<String, Object>();
        if (!method.isEmpty()) notes.put("robust", method);
        if (start == null) return notes;
        var origin = new LinkedHashMap<String, Object>();
        origin.put("run_dir", from.toString());
        origin.put("weights_sha256", WeightsHash.sha256(Weights.of(start.model())));
        notes.put("from", origin);
        return notes;
    }

    private static Map<String, Object> fields(Path run, TrainResult result, Map<String, Object> notes) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("command", "train");
        fields.put("dataset", result.config().dataset());
        fields.put("model", result.config().model());
        fields.put("device", result.device().id());
        fields.put("binding", result.device().binding());
        if (result.shares().size() > 1) fields.put("devices", result.shareFields());
        fields.put("epochs", result.config().epochs());
        fields.put("seed", result.config().seed());
        fields.put("train_samples", result.trainSamples());
        fields.put("test_samples", result.testSamples());
        fields.put("test_accuracy", result.test().map(Evaluation::accuracy).orElse(null));
        fields.put("test_loss", result.test().map(Evaluation::loss).orElse(null));
        fields.put("samples_per_second", result.samplesPerSecond());
        fields.put("seconds", result.seconds());
        fields.put("weights_sha256", result.weightsSha256());
        fields.put("run_dir", run.toString());
        fields.putAll(notes);
        if (result.interrupted()) fields.put("interrupted", true);
        return fields;
    }

    private static final class ModelNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        ModelNames() {
            super(Models.names());
        }
    }

    private static final class OptimizerNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        OptimizerNames() {
            super(Optimizers.names());
        }
    }

    private static final class InitNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        InitNames() {
            super(Initializer.NAMES);
        }
    }

    private static final class ScheduleNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        ScheduleNames() {
            super(Schedule.NAMES);
        }
    }
}
