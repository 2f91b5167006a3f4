package steepest.nn;

import steepest.Caller;
import steepest.DType;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.SoftCrossEntropy;
import steepest.fused.SoftmaxCrossEntropy;

/** What networks are trained by and measured by. */
public final class Losses {
    private Losses() {}

    /** The mean cross-entropy of softmax(logits): logits F32 {@code [N, C]}, labels I32 {@code [N]}; a scalar, in nats. */
    public static Tensor crossEntropy(Tensor logits, Tensor labels) {
        return SoftmaxCrossEntropy.crossEntropy(logits, labels);
    }

    /** As {@link #crossEntropy}, for each sample: {@code [N]}. */
    public static Tensor crossEntropyEach(Tensor logits, Tensor labels) {
        return SoftmaxCrossEntropy.crossEntropyEach(logits, labels);
    }

    /**
     * The mean cross-entropy with smoothed labels: each target is 1 − smoothing at its label, and the smoothing is spread
     * over all C classes alike. Logits F32 {@code [N, C]}, labels I32 {@code [N]}; a scalar, in nats.
     *
     * @throws SteepestException if the smoothing is not in [0, 1]
     */
    public static Tensor crossEntropy(Tensor logits, Tensor labels, double smoothing) {
        return SoftCrossEntropy.Smoothed.crossEntropyEach(logits, labels, smoothing)
                .mean();
    }

    /** The mean cross-entropy with soft labels: logits and targets F32 {@code [N, C]}; a scalar, in nats. */
    public static Tensor softCrossEntropy(Tensor logits, Tensor targets) {
        return SoftCrossEntropy.crossEntropyEach(logits, targets).mean();
    }

    /**
     * The mean squared error over all elements, a scalar.
     *
     * @throws SteepestException if the shapes differ: broadcasting {@code [N]} against {@code [N, 1]} would be a silent
     *     mistake
     */
    public static Tensor mse(Tensor prediction, Tensor target) {
        if (!prediction.spec().equals(target.spec()))
            throw Caller.locate(SteepestException.of(
                    "mse: expected prediction and target of one type and shape, got %s and %s",
                    prediction.spec(), target.spec()));
        return prediction.sub(target).square().mean();
    }

    /** How many samples have their largest logit at their label: I32 scalar. */
    public static Tensor correct(Tensor logits, Tensor labels) {
        return hits(logits, labels).cast(DType.I32).sum();
    }

    /** The fraction of samples that have their largest logit at their label: F32 scalar in [0, 1]. */
    public static Tensor accuracy(Tensor logits, Tensor labels) {
        return hits(logits, labels).cast(DType.F32).mean();
    }

    private static Tensor hits(Tensor logits, Tensor labels) {
        if (logits.shape().rank() != 2
                || !labels.spec()
                        .equals(new steepest.Spec(DType.I32, logits.shape().slice(0, 1))))
            throw Caller.locate(SteepestException.of(
                    "accuracy: takes logits f32[N,C] and labels i32[N], got %s and %s", logits.spec(), labels.spec()));
        return logits.argmax(1).eq(labels);
    }
}
