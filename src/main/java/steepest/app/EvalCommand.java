package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import steepest.Device;
import steepest.data.Split;
import steepest.io.WeightsHash;
import steepest.nn.Weights;
import steepest.train.Evaluation;
import steepest.train.Evaluator;
import steepest.train.Trained;
import steepest.viz.ConfusionText;

/** {@code eval}: a trained network on the test samples of a dataset. */
@Command(
        name = "eval",
        description = "Evaluate a trained network on the test samples of a dataset.",
        footer = {"", "Example:", "  ./steepest eval runs/mnist-lenet mnist"})
final class EvalCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "RUN_DIR", description = "A directory that train has written.")
    private Path directory;

    @Parameters(index = "1", paramLabel = "DATASET", description = "mnist, fashion-mnist, digits or idx:DIR.")
    private String dataset;

    @Option(names = "--limit", paramLabel = "N", description = "Use only the first N samples.")
    private Integer limit;

    @Mixin
    private DeviceOptions device;

    @Mixin
    private DataOptions data;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        DataOptions.checkLoadable(spec, dataset);
        if (limit != null && limit < 1)
            throw new ParameterException(spec.commandLine(), "limit: expected at least 1, got " + limit);
        var on = Device.of(device.name(spec));
        var trained = Trained.load(directory);
        var all = data.load(dataset, Split.TEST, spec.commandLine().getErr());
        var test = limit == null ? all : all.limit(limit);
        trained.check(test);
        Evaluation evaluation;
        try (var evaluator = new Evaluator(trained.model(), on)) {
            evaluation = evaluator.evaluate(test);
        }
        out.printf(
                "%s of %s on %s, on %s%n",
                trained.name(), directory, dataset, on.info().id());
        tell(out, evaluation, test.classNames());
        var fields = new LinkedHashMap<String, Object>();
        fields.put("command", "eval");
        fields.put("dataset", dataset);
        fields.put("model", trained.name());
        fields.put("device", on.info().id());
        fields.put("binding", on.info().binding());
        fields.put("test_samples", evaluation.samples());
        fields.put("test_accuracy", evaluation.accuracy());
        fields.put("test_loss", evaluation.loss());
        fields.put("samples_per_second", evaluation.samplesPerSecond());
        fields.put("seconds", evaluation.seconds());
        fields.put("weights_sha256", WeightsHash.sha256(Weights.of(trained.model())));
        fields.put("run_dir", directory.toString());
        Common.result(spec, fields);
    }

    /** Accuracy, loss and the confusion matrix. */
    static void tell(PrintWriter out, Evaluation evaluation, List<String> classNames) {
        long[][] confusion = evaluation.confusion();
        long right = LongStream.range(0, confusion.length)
                .map(i -> confusion[(int) i][(int) i])
                .sum();
        out.println();
        out.print(ConfusionText.of(confusion, classNames));
        out.println();
        out.printf(
                Locale.ROOT,
                "test accuracy %.2f %% (%,d of %,d), loss %.4f%n",
                100 * evaluation.accuracy(),
                right,
                evaluation.samples(),
                evaluation.loss());
    }
}
