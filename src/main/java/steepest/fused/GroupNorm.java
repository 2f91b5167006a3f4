package steepest.fused;

import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * Group normalisation (Wu and He, ECCV 2018, eq. 1 to 6): the channels of each sample in equal groups, each group
 * normalised by its own mean and variance. x {@code [N, C, S]}, scale and shift {@code [C]} give
 *
 * <pre>
 * y = (x − mean) / √(variance + ε) · scale + shift      [N, C, S]
 * </pre>
 *
 * and mean and (biased) variance, {@code [N, groups]}: the second and third output.
 *
 * <p>Two others are this one under another name: with one group, each row of {@code [N, D, 1]} by itself, layer
 * normalisation (Ba, Kiros and Hinton, 2016); with as many groups as channels, instance normalisation (Ulyanov, Vedaldi
 * and Lempitsky, 2016).
 */
public record GroupNorm(int groups, double epsilon) implements Fused {
    /**
     * Normalises x {@code [N, C, …]} in groups of channels; scale and shift are {@code [C]}.
     *
     * @throws SteepestException if they do not fit, or C is not divisible by the groups
     */
    public static Tensor groupNorm(Tensor x, Tensor scale, Tensor shift, int groups, double epsilon) {
        return Tensor.apply(new GroupNorm(groups, epsilon), Channels.flatten("groupNorm", x), scale, shift)
                .reshape(x.shape());
    }

    /** Normalises each channel of each sample, x {@code [N, C, …]}; scale and shift are {@code [C]}. */
    public static Tensor instanceNorm(Tensor x, Tensor scale, Tensor shift, double epsilon) {
        Tensor flat = Channels.flatten("instanceNorm", x);
        return groupNorm(flat, scale, shift, Math.max(1, flat.shape().dim(1)), epsilon)
                .reshape(x.shape());
    }

    /**
     * Normalises over the last axes of x, those of scale and shift: {@code [N…, D…]} by {@code [D…]}.
     *
     * @throws SteepestException if they do not fit
     */
    public static Tensor layerNorm(Tensor x, Tensor scale, Tensor shift, double epsilon) {
        int size = lastAxes("layerNorm", x, scale);
        Tensor rows = x.reshape(Math.toIntExact(x.size() / Math.max(1, size)), size, 1);
        return groupNorm(rows, scale.reshape(size), shift.reshape(size), 1, epsilon)
                .reshape(x.shape());
    }

    /** The number of elements of the last axes of x, which must be those of {@code scale}. */
    static int lastAxes(String op, Tensor x, Tensor scale) {
        Shape s = x.shape();
        Shape d = scale.shape();
        if (d.rank() == 0
                || d.rank() > s.rank()
                || !s.slice(s.rank() - d.rank(), s.rank()).equals(d))
            throw SteepestException.of("%s: the last axes of %s must be those of the scale, %s", op, s, d);
        return d.intSize();
    }

    private Shape grouped(Shape x) {
        return Shape.of(x.dim(0), groups, x.dim(1) / groups, x.dim(2));
    }

    /** {@code [N, groups]} as {@code [N, groups, 1, 1]}. */
    private static Tensor wide(Tensor statistic) {
        return statistic.unsqueeze(-1).unsqueeze(-1);
    }

    /** {@code [C]} as {@code [1, groups, C / groups, 1]}. */
    private Tensor perChannel(Tensor t) {
        return t.reshape(1, groups, t.shape().intSize() / groups, 1);
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Shape s = in.get(0).shape();
        Channels.check(
                "groupNorm", in.get(0).spec(), in.get(1).spec(), in.get(2).spec());
        if (groups < 1 || s.dim(1) % groups != 0)
            throw SteepestException.of("groupNorm: %d channels do not divide into %d groups", s.dim(1), groups);
        Tensor x = in.get(0).reshape(grouped(s));
        Tensor mean = x.mean(2, 3);
        Tensor variance = x.variance(2, 3);
        Tensor normal = x.sub(wide(mean)).mul(wide(Channels.inverseDeviation(variance, epsilon)));
        Tensor y = normal.mul(perChannel(in.get(1))).add(perChannel(in.get(2)));
        return List.of(y.reshape(s), mean, variance);
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return Channels.vjp(this, new Grad(this), node, i, g);
    }

    /**
     * The gradient of {@link GroupNorm}'s y: x {@code [N, C, S]}, scale {@code [C]}, mean and variance {@code [N,
     * groups]} and output gradient {@code [N, C, S]} give the gradients by x {@code [N, C, S]}, scale and shift {@code
     * [C]}; see {@link BatchNorm.Grad} about mean and variance.
     */
    public record Grad(GroupNorm norm) implements Fused {
        @Override
        public String name() {
            return "groupNormGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Shape s = in.get(0).shape();
            int c = s.dim(1);
            Tensor x = in.get(0).reshape(norm.grouped(s));
            Tensor g = in.get(4).reshape(norm.grouped(s));
            Tensor inverse = wide(Channels.inverseDeviation(in.get(3), norm.epsilon));
            Tensor normal = x.sub(wide(in.get(2))).mul(inverse);
            Tensor shift = g.sum(0, 3).reshape(c);
            Tensor scale = g.mul(normal).sum(0, 3).reshape(c);
            Tensor byNormal = g.mul(norm.perChannel(in.get(1)));
            Tensor gx = byNormal.sub(byNormal.meanKeep(2, 3))
                    .sub(normal.mul(byNormal.mul(normal).meanKeep(2, 3)))
                    .mul(inverse);
            return List.of(gx.reshape(s), scale, shift);
        }
    }
}
