package steepest.fused;

import java.util.List;
import steepest.Node;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * Root mean square normalisation (Zhang and Sennrich, "Root mean square layer normalization", NeurIPS 2019, eq. 4): x
 * {@code [N, D]} and scale {@code [D]} give
 *
 * <pre>
 * y = x / √(mean of x² + ε) · scale      [N, D]
 * </pre>
 *
 * and the mean of the squares of each row, {@code [N]}: the second output.
 */
public record RmsNorm(double epsilon) implements Fused {
    /**
     * Normalises over the last axes of x, those of the scale: {@code [N…, D…]} by {@code [D…]}.
     *
     * @throws SteepestException if they do not fit
     */
    public static Tensor rmsNorm(Tensor x, Tensor scale, double epsilon) {
        int size = GroupNorm.lastAxes("rmsNorm", x, scale);
        Tensor rows = x.reshape(Math.toIntExact(x.size() / Math.max(1, size)), size);
        return Tensor.apply(new RmsNorm(epsilon), rows, scale.reshape(size)).reshape(x.shape());
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor x = in.get(0);
        Tensor scale = in.get(1);
        if (x.shape().rank() != 2
                || scale.shape().rank() != 1
                || x.shape().dim(1) != scale.shape().dim(0))
            throw SteepestException.of("rmsNorm: takes f32[N,D] and f32[D], got %s and %s", x.spec(), scale.spec());
        Tensor square = x.square().mean(1);
        Tensor inverse = Channels.inverseDeviation(square, epsilon).unsqueeze(1);
        return List.of(x.mul(inverse).mul(scale), square);
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        Tensor byY = g[0] == null
                ? null
                : Tensor.apply(new Grad(epsilon), node.input(0), node.input(1), node.output(1), g[0])
                        .node()
                        .output(i);
        if (g[1] == null || i == 1) return byY;
        Tensor bySquare = meaningVjp(node.inputList(), i, new Tensor[] {null, g[1]});
        return byY == null ? bySquare : byY.add(bySquare);
    }

    /**
     * The gradient of {@link RmsNorm}'s y: x {@code [N, D]}, scale {@code [D]}, mean of squares {@code [N]} and output
     * gradient {@code [N, D]} give the gradients by x {@code [N, D]} and scale {@code [D]}.
     */
    public record Grad(double epsilon) implements Fused {
        @Override
        public String name() {
            return "rmsNormGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor inverse = Channels.inverseDeviation(in.get(2), epsilon).unsqueeze(1);
            Tensor normal = in.get(0).mul(inverse);
            Tensor byNormal = in.get(3).mul(in.get(1));
            Tensor gx =
                    byNormal.sub(normal.mul(byNormal.mul(normal).meanKeep(1))).mul(inverse);
            return List.of(gx, in.get(3).mul(normal).sum(0));
        }
    }
}
