package steepest.train;

import steepest.Pass;
import steepest.Tensor;
import steepest.nn.Losses;
import steepest.nn.Model;

/** What a training step minimises: the seam where robust training differs from natural training. */
@FunctionalInterface
public interface Objective {
    /**
     * @param loss the scalar to minimise
     * @param logits {@code [B, classes]}, from which the training accuracy is taken
     */
    record Outcome(Tensor loss, Tensor logits) {}

    /** The objective on a batch: x {@code [B, C, H, W]}, labels y I32 {@code [B]}. */
    Outcome apply(Model model, Tensor x, Tensor y, Pass pass);

    /**
     * Whether the loss is a mean over the samples and nothing is kept for a place in the batch, so that a batch may be divided
     * among several devices.
     */
    default boolean divides() {
        return true;
    }

    /** The mean cross-entropy on the samples as they are. */
    static Objective natural() {
        return (model, x, y, pass) -> {
            Tensor logits = model.apply(x, pass);
            return new Outcome(Losses.crossEntropy(logits, y), logits);
        };
    }
}
