package steepest.robust;

import steepest.Tensor;
import steepest.nn.Losses;

/** What robust training minimises, from logits F32 {@code [B, K]} of clean and adversarial samples and classes I32 {@code [B]}. */
public final class RobustLosses {
    private static final double FAR = -1e30;

    private RobustLosses() {}

    /** The divergence KL(softmax(p) ‖ softmax(q)) of each sample, {@code [B]}, in nats. */
    public static Tensor divergence(Tensor p, Tensor q) {
        Tensor log = p.logSoftmax(1);
        return log.exp().mul(log.sub(q.logSoftmax(1))).sum(1);
    }

    /**
     * The mean of CE(clean, y) + β KL(clean ‖ adversarial) (Zhang et al., "Theoretically principled trade-off between
     * robustness and accuracy", ICML 2019, equation 5); a scalar.
     */
    public static Tensor trades(Tensor clean, Tensor adversarial, Tensor y, double beta) {
        return Losses.crossEntropy(clean, y)
                .add(divergence(clean, adversarial).mean().mul(beta));
    }

    /**
     * The mean of BCE(adversarial, y) + β KL(clean ‖ adversarial) (1 − p_y(clean)), where BCE is −log p_y −
     * log(1 − max over k ≠ y of p_k) (Wang et al., "Improving adversarial robustness requires revisiting misclassified
     * examples", ICLR 2020, equations 7 and 10); a scalar. 1 − p_k is taken as the sum of the others, so that it cannot
     * round to 0.
     */
    public static Tensor mart(Tensor clean, Tensor adversarial, Tensor y, double beta) {
        int classes = adversarial.shape().dim(1);
        Tensor away =
                adversarial.add(y.oneHot(classes).cast(adversarial.dtype()).mul(FAR));
        Tensor rival = away.argmax(1);
        Tensor without =
                adversarial.add(rival.oneHot(classes).cast(adversarial.dtype()).mul(FAR));
        Tensor margin = adversarial.logSumExp(1).sub(without.logSumExp(1)); // −log(1 − p of the rival)
        Tensor unsure =
                clean.softmax(1).gather(1, y.unsqueeze(1)).squeeze(1).neg().add(1);
        Tensor each = Losses.crossEntropyEach(adversarial, y)
                .add(margin)
                .add(divergence(clean, adversarial).mul(unsure).mul(beta));
        return each.mean();
    }
}
