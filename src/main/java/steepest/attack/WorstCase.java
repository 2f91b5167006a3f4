package steepest.attack;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import steepest.SteepestException;

/**
 * Several attacks on the same samples, and the worst of them for each sample: a sample is robust that withstands them all.
 */
public record WorstCase(List<Verdict> verdicts) {
    /** @throws SteepestException if there is no verdict, or they are about different samples */
    public WorstCase {
        verdicts = List.copyOf(verdicts);
        if (verdicts.isEmpty()) throw SteepestException.of("worst case: expected at least one verdict");
        for (Verdict v : verdicts)
            if (!Arrays.equals(v.index(), verdicts.get(0).index())
                    || !Arrays.equals(v.y(), verdicts.get(0).y()))
                throw SteepestException.of(
                        "worst case: %s and %s judged different samples",
                        verdicts.get(0).attack(), v.attack());
    }

    public int samples() {
        return verdicts.get(0).samples();
    }

    public boolean isRobust(int i) {
        return verdicts.stream().allMatch(v -> v.isRobust(i));
    }

    private long robust() {
        return IntStream.range(0, samples()).filter(this::isRobust).count();
    }

    public double robustAccuracy() {
        return (double) robust() / samples();
    }

    /** See {@link Verdict#interval}. */
    public Interval interval() {
        return Interval.wilson(robust(), samples());
    }
}
