package steepest.app;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import steepest.train.Evaluation;
import steepest.train.Evaluator;
import steepest.viz.ConfusionText;

/** {@code eval}: a trained network on the test samples of a dataset. */
@Command(
        name = "eval",
        description = "Evaluate a trained network on the test samples of a dataset.",
        footer = {"", "Example:", "  ./steepest eval runs/mnist-lenet mnist"})
final class EvalCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private TestOptions tested;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        tested.check(spec);
        var subject = tested.open(spec);
        var trained = subject.trained();
        Evaluation evaluation;
        try (var evaluator = new Evaluator(trained.model(), subject.device())) {
            evaluation = evaluator.evaluate(subject.test());
        }
        out.printf(
                "%s of %s on %s, on %s%n",
                trained.name(),
                tested.directory,
                tested.dataset,
                subject.device().info().id());
        tell(out, evaluation, subject.test().classNames());
        var fields = tested.fields("eval", subject);
        fields.put("test_samples", evaluation.samples());
        fields.put("test_accuracy", evaluation.accuracy());
        fields.put("test_loss", evaluation.loss());
        fields.put("samples_per_second", evaluation.samplesPerSecond());
        fields.put("seconds", evaluation.seconds());
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
