package steepest.app;

import java.nio.file.Path;
import java.util.List;
import steepest.train.TrainListener.Epoch;
import steepest.train.TrainListener.Progress;
import steepest.train.TrainResult;
import steepest.viz.ConfusionPlot;
import steepest.viz.LossPlot;

/** The pictures of a run: {@code loss.png}, and {@code confusion.png} if the model was evaluated. */
final class RunPictures {
    private RunPictures() {}

    static void write(Path run, TrainResult result, List<String> classNames) {
        String title = result.config().model() + " on " + result.config().dataset();
        List<Progress> curve = result.curve();
        List<Epoch> epochs = result.epochs();
        double stepsPerEpoch =
                Math.ceil((double) result.trainSamples() / result.config().batch());
        if (!curve.isEmpty())
            LossPlot.write(
                    run.resolve("loss.png"),
                    title,
                    curve.stream().mapToDouble(p -> p.step() / stepsPerEpoch).toArray(),
                    curve.stream().mapToDouble(Progress::loss).toArray(),
                    epochs.stream().mapToDouble(Epoch::trainAccuracy).toArray(),
                    epochs.stream().mapToDouble(e -> e.test().accuracy()).toArray());
        result.test()
                .ifPresent(
                        test -> ConfusionPlot.write(run.resolve("confusion.png"), title, test.confusion(), classNames));
    }
}
