package steepest.op;

import java.util.List;
import steepest.Node;
import steepest.Tensor;

/** log Σ eˣ along an axis, which vanishes, without overflow. */
public record LogSumExp(int axis) implements Fused {
    @Override
    public String name() {
        return "logSumExp";
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor x = in.get(0);
        Tensor top = Softmax.summit(x, axis);
        Tensor sum = x.sub(top).exp().sumKeep(axis).log().add(top);
        return List.of(sum.squeeze(axis));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return node.input(0).softmax(axis).mul(g[0].unsqueeze(axis));
    }
}
