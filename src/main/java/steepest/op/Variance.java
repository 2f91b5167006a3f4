package steepest.op;

import java.util.List;
import steepest.Node;
import steepest.Tensor;

/**
 * The mean squared deviation from the mean (the biased variance) over the second and the last axis of {@code [K, A, L, B]}:
 * {@code [K, L]}. By two passes, so that nothing cancels. Any axes of any tensor come down to these, see {@link
 * Tensor#variance}.
 */
public record Variance() implements Fused {
    @Override
    public String name() {
        return "variance";
    }

    private static Tensor deviation(Tensor x) {
        return x.sub(x.meanKeep(1, 3));
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        return List.of(deviation(in.get(0)).square().mean(1, 3));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        Tensor x = node.input(0);
        // what flows through the mean adds up to nothing
        Tensor slope =
                Tensor.literal(2.0 / (x.shape().dim(1) * (double) x.shape().dim(3)), x.dtype());
        return deviation(x).mul(g[0].unsqueeze(1).unsqueeze(-1).mul(slope));
    }
}
