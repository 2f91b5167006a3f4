package steepest.fused;

import java.util.List;
import steepest.DType;
import steepest.Node;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * The cross-entropy of softmax(logits) with integer labels, a value for each sample: logits {@code [B, C]} and labels
 * I32 {@code [B]} give {@code [B]}, {@code log Σⱼ exp(zⱼ) − z_label}, in one pass and without overflow. Its gradient is
 * (softmax(z) − one-hot(label)) · g. A label that is no class gives NaN.
 */
public record SoftmaxCrossEntropy() implements Fused {
    /** For each sample its cross-entropy. */
    public static Tensor crossEntropyEach(Tensor logits, Tensor labels) {
        return Tensor.apply(new SoftmaxCrossEntropy(), logits, labels);
    }

    /** The mean cross-entropy over the batch, a scalar. */
    public static Tensor crossEntropy(Tensor logits, Tensor labels) {
        return crossEntropyEach(logits, labels).mean();
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor z = in.get(0);
        Tensor y = in.get(1);
        check(z.spec(), y.spec());
        Tensor each = z.logSoftmax(1).gather(1, y.unsqueeze(1)).squeeze(1).neg();
        return List.of(known(each, y, z.shape().dim(1)));
    }

    /** The losses, NaN where a label is no class. */
    static Tensor known(Tensor each, Tensor labels, int classes) {
        Tensor known = labels.ge(0).and(labels.lt(classes));
        return Tensor.where(known, each, Tensor.literal(Double.NaN, each.dtype()));
    }

    private static void check(Spec z, Spec y) {
        if (z.shape().rank() != 2
                || y.dtype() != DType.I32
                || y.shape().rank() != 1
                || y.shape().dim(0) != z.shape().dim(0))
            throw SteepestException.of("crossEntropy: takes logits f32[B,C] and labels i32[B], got %s and %s", z, y);
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return i == 0 ? Tensor.apply(new Grad(), node.input(0), node.input(1), g[0]) : null;
    }

    /** The gradient by the logits: logits {@code [B, C]}, labels {@code [B]} and output gradient {@code [B]} give {@code [B, C]}. */
    public record Grad() implements Fused {
        @Override
        public String name() {
            return "softmaxCrossEntropyGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor z = in.get(0);
            Tensor hot = in.get(1).oneHot(z.shape().dim(1)).cast(z.dtype());
            return List.of(z.softmax(1).sub(hot).mul(in.get(2).unsqueeze(1)));
        }
    }
}
