package steepest.op;

import java.util.List;
import steepest.Device;
import steepest.Node;
import steepest.Spec;
import steepest.Tensor;

/** The same tensor on another device. Its gradient travels back. */
public record Copy(Device to, Device from) implements Op {
    @Override
    public List<Spec> outputs(List<Spec> in) {
        return List.of(in.get(0));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return node.input(0).dtype().isFloating() ? Tensor.apply(new Copy(from, to), g[0]) : null;
    }
}
