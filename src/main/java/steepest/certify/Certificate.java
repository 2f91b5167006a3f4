package steepest.certify;

import java.util.stream.IntStream;
import steepest.SteepestException;
import steepest.attack.Interval;
import steepest.attack.Norm;
import steepest.attack.Verdict;

/**
 * What was proved of a network on some samples.
 *
 * @param epsilon the radius of the L∞ balls around them, in the units of the domain
 * @param y true classes, {@code [N]}
 * @param predicted classes predicted for the samples themselves
 * @param margin a lower bound, over the ball, of the true class's logit minus the largest other, {@code [N]}
 * @param index the samples' numbers in their dataset
 * @param seconds how long it took
 */
public record Certificate(
        Method method, double epsilon, int[] y, int[] predicted, float[] margin, int[] index, double seconds) {
    public int samples() {
        return y.length;
    }

    /**
     * Whether no input in the ball is classified wrongly. A ball of radius 0 is the sample alone, of which the prediction
     * tells everything.
     */
    public boolean isCertified(int i) {
        return predicted[i] == y[i] && (epsilon == 0 || margin[i] > 0);
    }

    /** The fraction of samples that are classified rightly. */
    public double cleanAccuracy() {
        return (double) IntStream.range(0, y.length)
                        .filter(i -> predicted[i] == y[i])
                        .count()
                / y.length;
    }

    /** How many samples are certified. */
    public long certified() {
        return IntStream.range(0, y.length).filter(this::isCertified).count();
    }

    /** The fraction of samples that are certified. */
    public double certifiedAccuracy() {
        return (double) certified() / y.length;
    }

    /** Where {@link #certifiedAccuracy} lies for all samples of the kind, with 95 % confidence. */
    public Interval interval() {
        return Interval.wilson(certified(), y.length);
    }

    /**
     * Compares with an attack on the same samples, sample by sample: certified ≤ robust ≤ clean.
     *
     * @throws SteepestException if an example was found where there can be none: then there is a defect
     */
    public void check(Verdict v) {
        if (v.norm() != Norm.LINF || v.epsilon() > epsilon || v.samples() != samples())
            throw SteepestException.of(
                    "certificate: expected an attack on the same %d samples within linf %s, got %d samples within %s %s",
                    samples(), epsilon, v.samples(), v.norm(), v.epsilon());
        for (int i = 0; i < y.length; i++)
            if (isCertified(i) && !v.isRobust(i))
                throw SteepestException.of(
                        "defect: sample %d is certified at eps %s (%s, margin at least %s), yet %s found an example that is"
                                + " classified as %d instead of %d; one of the two is wrong, please report it",
                        index[i], epsilon, method, margin[i], v.attack(), v.predicted()[i], y[i]);
    }
}
