package steepest.attack;

import steepest.Tensor;
import steepest.nn.Losses;

/**
 * What attacks climb: of logits {@code [B, K]} a value for each sample, {@code [B]}, which rises as the sample's class loses
 * ground.
 */
public enum AttackLoss {
    /** The cross-entropy of the true class; less that of the goal when targeted. */
    CROSS_ENTROPY(2),
    /**
     * The difference of logits ratio, which neither shift nor scale of the logits changes (Croce and Hein, "Reliable evaluation
     * of adversarial robustness with an ensemble of diverse parameter-free attacks", ICML 2020, equations 6 and 7).
     */
    DLR(3),
    /** The largest logit of another class less that of the true one; when targeted, the goal's less the largest other's. */
    MARGIN(2);

    private static final double FAR = -1e30;
    private final int leastClasses;

    AttackLoss(int leastClasses) {
        this.leastClasses = leastClasses;
    }

    /** How many classes the loss needs. */
    int leastClasses(boolean targeted) {
        return this == DLR && targeted ? 4 : leastClasses;
    }

    /** Away from class y, I32 {@code [B]}. */
    public Tensor untargeted(Tensor logits, Tensor y) {
        return switch (this) {
            case CROSS_ENTROPY -> Losses.crossEntropyEach(logits, y);
            case MARGIN -> otherLargest(logits, y).sub(at(logits, y));
            case DLR -> {
                Tensor sorted = logits.sort(1, true).values();
                Tensor spread = rank(sorted, 0).sub(rank(sorted, 2)).add(1e-12);
                yield otherLargest(logits, y).sub(at(logits, y)).div(spread);
            }
        };
    }

    /** From class y towards class goal, I32 {@code [B]}. */
    public Tensor targeted(Tensor logits, Tensor y, Tensor goal) {
        return switch (this) {
            case CROSS_ENTROPY -> Losses.crossEntropyEach(logits, goal).neg();
            case MARGIN -> at(logits, goal).sub(otherLargest(logits, goal));
            case DLR -> {
                Tensor sorted = logits.sort(1, true).values();
                Tensor low = rank(sorted, 2).add(rank(sorted, 3)).mul(0.5);
                Tensor spread = rank(sorted, 0).sub(low).add(1e-12);
                yield at(logits, goal).sub(at(logits, y)).div(spread);
            }
        };
    }

    /** The logit of each sample's class. */
    static Tensor at(Tensor logits, Tensor classes) {
        return logits.gather(1, classes.unsqueeze(1)).squeeze(1);
    }

    private static Tensor rank(Tensor sorted, int place) {
        return sorted.select(1, place);
    }

    /** Logits without those of each sample's class. */
    static Tensor others(Tensor logits, Tensor classes) {
        Tensor own = classes.unsqueeze(1).eq(Tensor.iota(logits.shape().dim(1)));
        return Tensor.where(own, Tensor.scalar(FAR), logits);
    }

    private static Tensor otherLargest(Tensor logits, Tensor classes) {
        return others(logits, classes).max(1);
    }
}
