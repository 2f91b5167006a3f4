package steepest.attack;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import steepest.HostArray;
import steepest.Shape;

/**
 * What a model was worth under an attack, by predictions made again from the examples below.
 *
 * @param attack its name
 * @param norm what ε and distances are measured in
 * @param epsilon in the units of the domain
 * @param x the clean samples, F32 {@code [N, C, H, W]}, in the model's domain
 * @param adversarial the examples; the sample itself where the attack found none, or the model erred anyway
 * @param y true classes, {@code [N]}
 * @param clean classes predicted for x
 * @param predicted classes predicted for the examples
 * @param rounded classes predicted for the examples after rounding to 8 bits
 * @param goal the class each sample was to be taken for; the true one where any other would do
 * @param index the samples' numbers in their dataset
 * @param distance ‖x′ − x‖ of each sample, in double precision
 * @param gradients how often the model was differentiated for each sample
 * @param forwards how often it was only evaluated for each sample by the attack
 * @param seconds how long the attack took
 */
public record Verdict(
        String attack,
        Norm norm,
        double epsilon,
        HostArray x,
        HostArray adversarial,
        int[] y,
        int[] clean,
        int[] predicted,
        int[] rounded,
        int[] goal,
        int[] index,
        double[] distance,
        int[] gradients,
        int[] forwards,
        double seconds) {
    public int samples() {
        return y.length;
    }

    private int count(int[] classes) {
        return (int)
                IntStream.range(0, y.length).filter(i -> classes[i] == y[i]).count();
    }

    /** The fraction of samples that are classified rightly. */
    public double cleanAccuracy() {
        return (double) count(clean) / y.length;
    }

    /** Whether a sample is classified rightly, clean and attacked. */
    public boolean isRobust(int i) {
        return clean[i] == y[i] && predicted[i] == y[i];
    }

    /** The fraction of samples that are classified rightly even when attacked. */
    public double robustAccuracy() {
        return (double) robust() / y.length;
    }

    private long robust() {
        return IntStream.range(0, y.length).filter(this::isRobust).count();
    }

    /** Where {@link #robustAccuracy} lies for all samples of the kind, with 95 % confidence. */
    public Interval interval() {
        return Interval.wilson(robust(), y.length);
    }

    /**
     * The robust accuracy where examples must survive as 8-bit pictures. Where it lies far above {@link #robustAccuracy},
     * the attack lives on less than a level of grey.
     */
    public double roundedRobustAccuracy() {
        return (double) IntStream.range(0, y.length)
                        .filter(i -> clean[i] == y[i] && rounded[i] == y[i])
                        .count()
                / y.length;
    }

    /** Whether the attack reached its goal: the goal's class where there is one, else any wrong class. */
    public boolean isReached(int i) {
        return clean[i] == y[i] && (goal[i] == y[i] ? predicted[i] != y[i] : predicted[i] == goal[i]);
    }

    /** The fraction, of the samples that are classified rightly when clean, for which the attack reached its goal; 0 of none. */
    public double successRate() {
        int right = count(clean);
        long reached = IntStream.range(0, y.length).filter(this::isReached).count();
        return right == 0 ? 0 : (double) reached / right;
    }

    /** The median of ‖x′ − x‖ over the samples for which the attack reached its goal; empty if there are none. */
    public OptionalDouble medianNorm() {
        double[] d = IntStream.range(0, y.length)
                .filter(this::isReached)
                .mapToDouble(i -> distance[i])
                .sorted()
                .toArray();
        if (d.length == 0) return OptionalDouble.empty();
        return OptionalDouble.of((d[(d.length - 1) / 2] + d[d.length / 2]) / 2);
    }

    /** All gradients taken. */
    public long totalGradients() {
        return Arrays.stream(gradients).asLongStream().sum();
    }

    /** All evaluations by the attack that no gradient was taken of. */
    public long totalForwards() {
        return Arrays.stream(forwards).asLongStream().sum();
    }

    /** {@code x, x_adv} F32 {@code [N, C, H, W]}, {@code y, pred, index} I32 {@code [N]}: what is kept in an npz file. */
    public Map<String, HostArray> arrays() {
        Shape n = Shape.of(y.length);
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        arrays.put("x", x);
        arrays.put("x_adv", adversarial);
        arrays.put("y", HostArray.of(y, n));
        arrays.put("pred", HostArray.of(predicted, n));
        arrays.put("index", HostArray.of(index, n));
        return arrays;
    }
}
