package steepest.certify;

import steepest.Tensor;
import steepest.data.Dataset;

/** An interval for each element of a batch: {@code low ≤ x ≤ high}, all {@code [B, …]}. */
public record Box(Tensor low, Tensor high) {
    /**
     * The L∞ ball of radius ε around each sample, cut with the domain of inputs.
     *
     * @param x {@code [B, …]}
     * @param epsilon F32 scalar, at least 0
     */
    public static Box ball(Tensor x, Tensor epsilon, Dataset.Domain domain) {
        return new Box(x.sub(epsilon), x.add(epsilon)).cut(domain);
    }

    /** Larger on each side. @param by at least 0 */
    Box grown(Tensor by) {
        return new Box(low.sub(by), high.add(by));
    }

    Box cut(Dataset.Domain domain) {
        return new Box(low.clamp(domain.low(), domain.high()), high.clamp(domain.low(), domain.high()));
    }

    /** What lies in both of two boxes that bound the same. */
    Box meet(Box other) {
        return new Box(low.maximum(other.low), high.minimum(other.high));
    }

    Tensor center() {
        return low.add(high).mul(0.5);
    }

    /** The largest |x|. */
    Tensor magnitude() {
        return low.abs().maximum(high.abs());
    }
}
