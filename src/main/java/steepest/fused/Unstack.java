package steepest.fused;

import java.util.ArrayList;
import java.util.List;
import steepest.Node;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * The slices of a tensor along its first axis, each an output without it: {@code [T, …]} gives T tensors {@code […]}. Its
 * meaning is T views, which cost nothing; what it is for is its gradient, one stack. The gradients of T slices by
 * themselves would be T tensors of the whole size, to be added up.
 */
public record Unstack() implements Fused {
    /** The slices of {@code x} along its first axis. */
    public static List<Tensor> unstack(Tensor x) {
        if (x.shape().dim(0) == 0) return List.of();
        Node node = Tensor.apply(new Unstack(), x).node();
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < node.outputCount(); i++) parts.add(node.output(i));
        return parts;
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < in.get(0).shape().dim(0); i++) parts.add(in.get(0).select(0, i));
        return parts;
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        List<Tensor> parts = new ArrayList<>();
        for (int k = 0; k < g.length; k++)
            parts.add(g[k] == null ? Tensor.zeros(node.output(k).spec()) : g[k]);
        return Tensor.stack(0, parts);
    }
}
