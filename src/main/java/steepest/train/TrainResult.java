package steepest.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import steepest.DeviceInfo;
import steepest.nn.Sequential;
import steepest.optim.DataParallel;

/**
 * What came out of a training run.
 *
 * @param model the trained network
 * @param device what really ran; several together where the configuration names several
 * @param shares what each device did, in their order
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
        List<DataParallel.Share> shares,
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
        shares = List.copyOf(shares);
        curve = List.copyOf(curve);
        epochs = List.copyOf(epochs);
    }

    /** What each device did, for JSON: its name, its samples, their fraction of all, and samples a second. */
    public List<Map<String, Object>> shareFields() {
        double all = shares.stream().mapToLong(DataParallel.Share::samples).sum();
        List<Map<String, Object>> list = new ArrayList<>();
        for (DataParallel.Share s : shares) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("device", s.device().id());
            fields.put("samples", s.samples());
            fields.put("share", s.samples() / all);
            fields.put("samples_per_second", s.samplesPerSecond());
            list.add(fields);
        }
        return list;
    }
}
