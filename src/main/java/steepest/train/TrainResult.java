package steepest.train;

import java.util.List;
import java.util.Optional;
import steepest.DeviceInfo;
import steepest.nn.Sequential;

/**
 * What came out of a training run.
 *
 * @param model the trained network
 * @param device what really ran
 * @param test the model on the test samples; empty if the run was interrupted
 * @param interrupted whether it was stopped before its last step
 * @param steps steps made
 * @param trainSamples in the training set
 * @param testSamples in the test set
 * @param samplesPerSecond training samples a second, evaluation not counted
 * @param seconds the whole run, evaluation and saving counted
 * @param weightsSha256 see {@link steepest.io.WeightsHash}
 * @param curve the loss over the steps
 * @param epochs the epochs that were completed
 */
public record TrainResult(
        TrainConfig config,
        Sequential model,
        DeviceInfo device,
        Optional<Evaluation> test,
        boolean interrupted,
        long steps,
        int trainSamples,
        int testSamples,
        double samplesPerSecond,
        double seconds,
        String weightsSha256,
        List<TrainListener.Progress> curve,
        List<TrainListener.Epoch> epochs) {
    public TrainResult {
        curve = List.copyOf(curve);
        epochs = List.copyOf(epochs);
    }
}
