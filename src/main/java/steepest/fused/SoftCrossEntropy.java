package steepest.fused;

import java.util.List;
import steepest.DType;
import steepest.Node;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * The cross-entropy of softmax(logits) with soft labels, a value for each sample: logits z {@code [B, C]} and targets t
 * {@code [B, C]} give {@code [B]}, {@code −Σ t log softmax(z)}. The targets need not sum to 1. Its gradient by the logits is
 * {@code (softmax(z) Σ t − t) · g}.
 */
public record SoftCrossEntropy() implements Fused {
    /** For each sample its cross-entropy with soft labels. */
    public static Tensor crossEntropyEach(Tensor logits, Tensor targets) {
        return Tensor.apply(new SoftCrossEntropy(), logits, targets);
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor z = in.get(0);
        Tensor t = in.get(1);
        if (z.shape().rank() != 2 || !z.spec().equals(t.spec()))
            throw SteepestException.of(
                    "softCrossEntropy: takes logits and targets f32[B,C], got %s and %s", z.spec(), t.spec());
        return List.of(z.logSoftmax(1).mul(t).sum(1).neg());
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return i == 0
                ? Tensor.apply(new Grad(), node.input(0), node.input(1), g[0])
                : meaningVjp(node.inputList(), i, g);
    }

    /** The gradient by the logits: logits, targets {@code [B, C]} and output gradient {@code [B]} give {@code [B, C]}. */
    public record Grad() implements Fused {
        @Override
        public String name() {
            return "softCrossEntropyGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor z = in.get(0);
            Tensor t = in.get(1);
            return List.of(z.softmax(1).mul(t.sumKeep(1)).sub(t).mul(in.get(2).unsqueeze(1)));
        }
    }

    /**
     * Cross-entropy with integer labels, smoothed (Szegedy et al., "Rethinking the Inception architecture", CVPR 2016,
     * section 7): each sample's target is 1 − ε at its label, and ε is spread over all C classes alike. Logits {@code [B,
     * C]} and labels I32 {@code [B]} give {@code [B]}; the gradient is {@code (softmax(z) − target) · g}. A label that
     * is no class gives NaN.
     *
     * @param smoothing ε in [0, 1]
     */
    public record Smoothed(double smoothing) implements Fused {
        public Smoothed {
            if (!(smoothing >= 0 && smoothing <= 1))
                throw SteepestException.of("crossEntropy: label smoothing must be in [0, 1], got %s", smoothing);
        }

        /** For each sample its cross-entropy with its smoothed label. */
        public static Tensor crossEntropyEach(Tensor logits, Tensor labels, double smoothing) {
            return Tensor.apply(new Smoothed(smoothing), logits, labels);
        }

        @Override
        public String name() {
            return "smoothedCrossEntropy";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor z = in.get(0);
            Tensor labels = in.get(1);
            if (z.shape().rank() != 2
                    || !labels.spec().equals(new Spec(DType.I32, z.shape().slice(0, 1))))
                throw SteepestException.of(
                        "crossEntropy: takes logits f32[B,C] and labels i32[B], got %s and %s",
                        z.spec(), labels.spec());
            Tensor each = z.logSoftmax(1).mul(target(z, labels)).sum(1).neg();
            return List.of(SoftmaxCrossEntropy.known(each, labels, z.shape().dim(1)));
        }

        private Tensor target(Tensor z, Tensor labels) {
            int classes = z.shape().dim(1);
            return labels.oneHot(classes)
                    .cast(z.dtype())
                    .mul(Tensor.literal(1 - smoothing, z.dtype()))
                    .add(Tensor.literal(smoothing / classes, z.dtype()));
        }

        @Override
        public Tensor vjp(Node node, int i, Tensor[] g) {
            return i == 0 ? Tensor.apply(new SmoothedGrad(this), node.input(0), node.input(1), g[0]) : null;
        }
    }

    /** The gradient of {@link Smoothed}: logits {@code [B, C]}, labels and output gradient {@code [B]} give {@code [B, C]}. */
    public record SmoothedGrad(Smoothed loss) implements Fused {
        @Override
        public String name() {
            return "smoothedCrossEntropyGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor z = in.get(0);
            return List.of(
                    z.softmax(1).sub(loss.target(z, in.get(1))).mul(in.get(2).unsqueeze(1)));
        }
    }
}
