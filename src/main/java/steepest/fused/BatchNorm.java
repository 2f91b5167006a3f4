package steepest.fused;

import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * Batch normalisation by the batch's own statistics (Ioffe and Szegedy, "Batch normalization", ICML 2015, algorithm 1):
 * x {@code [N, C, S]}, scale and shift {@code [C]} give
 *
 * <pre>
 * y = (x − mean) / √(variance + ε) · scale + shift      [N, C, S]
 * </pre>
 *
 * and the mean and the (biased) variance of each channel over N and S, {@code [C]}: the second and third output. The
 * variance is the mean of squared deviations, in a second pass, so that nothing cancels.
 */
public record BatchNorm(double epsilon) implements Fused {
    /** What {@link #batchNorm} gives: y of x's shape, mean and biased variance {@code [C]}. */
    public record Result(Tensor y, Tensor mean, Tensor variance) {}

    /**
     * Normalises x {@code [N, C, …]}; scale and shift are {@code [C]}.
     *
     * @throws SteepestException if they do not fit
     */
    public static Result batchNorm(Tensor x, Tensor scale, Tensor shift, double epsilon) {
        Shape s = x.shape();
        Tensor y = Tensor.apply(new BatchNorm(epsilon), Channels.flatten("batchNorm", x), scale, shift);
        return new Result(y.reshape(s), y.node().output(1), y.node().output(2));
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor x = in.get(0);
        Channels.check("batchNorm", x.spec(), in.get(1).spec(), in.get(2).spec());
        Tensor mean = x.mean(0, 2);
        Tensor variance = x.variance(0, 2);
        Tensor factor = Channels.inverseDeviation(variance, epsilon).mul(in.get(1));
        Tensor y = x.sub(Channels.wide(mean)).mul(Channels.wide(factor)).add(Channels.wide(in.get(2)));
        return List.of(y, mean, variance);
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return Channels.vjp(this, new Grad(epsilon), node, i, g);
    }

    /**
     * The gradient of {@link BatchNorm}'s y: x {@code [N, C, S]}, scale, mean and variance {@code [C]} and output
     * gradient {@code [N, C, S]} give the gradients by x {@code [N, C, S]}, scale and shift {@code [C]}. What flows
     * through mean and variance is in the gradient by x; as inputs they stand for themselves, so second derivatives by
     * them go back to the forward op.
     */
    public record Grad(double epsilon) implements Fused {
        @Override
        public String name() {
            return "batchNormGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor x = in.get(0);
            Tensor g = in.get(4);
            Tensor inverse = Channels.inverseDeviation(in.get(3), epsilon);
            Tensor normal = x.sub(Channels.wide(in.get(2))).mul(Channels.wide(inverse));
            Tensor shift = g.sum(0, 2);
            Tensor scale = g.mul(normal).sum(0, 2);
            Tensor share =
                    Tensor.literal(1.0 / (x.shape().dim(0) * (double) x.shape().dim(2)), x.dtype());
            Tensor gx = g.sub(Channels.wide(shift.mul(share)))
                    .sub(normal.mul(Channels.wide(scale.mul(share))))
                    .mul(Channels.wide(inverse.mul(in.get(1))));
            return List.of(gx, scale, shift);
        }
    }
}
