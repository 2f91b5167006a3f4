package steepest.fused;

import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;

/** What the normalisations share: tensors {@code [N, C, S]} with a number for each channel. */
final class Channels {
    private Channels() {}

    /** {@code [N, C, …]} as {@code [N, C, S]}. */
    static Tensor flatten(String op, Tensor x) {
        Shape s = x.shape();
        if (s.rank() < 2) throw SteepestException.of("%s: takes [N,C,...], got %s", op, x.spec());
        return x.reshape(s.dim(0), s.dim(1), s.slice(2, s.rank()).intSize());
    }

    /** {@code [C]} as {@code [1, C, 1]}, which broadcasts over {@code [N, C, S]}. */
    static Tensor wide(Tensor perChannel) {
        return perChannel.reshape(1, perChannel.shape().intSize(), 1);
    }

    /** 1 / √(variance + ε). */
    static Tensor inverseDeviation(Tensor variance, double epsilon) {
        return variance.add(Tensor.literal(epsilon, variance.dtype())).rsqrt();
    }

    static void check(String op, Spec x, Spec... perChannel) {
        if (x.shape().rank() != 3 || !x.dtype().isFloating())
            throw SteepestException.of("%s: takes f32[N,C,S], got %s", op, x);
        Spec expected = Spec.of(x.dtype(), x.shape().dim(1));
        for (Spec s : perChannel)
            if (!s.equals(expected))
                throw SteepestException.of(
                        "%s: scale and shift of %s must be %s, one for each channel; got %s", op, x, expected, s);
    }

    /**
     * The gradient by input i of an op with outputs (y, mean, variance): {@code grad}, a fused op on (x, scale, mean,
     * variance, gradient by y), for what arrives at y; the meaning's own for the rare gradients by the statistics.
     */
    static Tensor vjp(Fused op, Fused grad, Node node, int i, Tensor[] g) {
        Tensor byY = g[0] == null
                ? null
                : Tensor.apply(grad, node.input(0), node.input(1), node.output(1), node.output(2), g[0])
                        .node()
                        .output(i);
        if (g[1] == null && g[2] == null) return byY;
        Tensor byStatistics = op.meaningVjp(node.inputList(), i, new Tensor[] {null, g[1], g[2]});
        if (byY == null || byStatistics == null) return byY == null ? byStatistics : byY;
        return byY.add(byStatistics);
    }
}
