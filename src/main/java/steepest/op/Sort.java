package steepest.op;

import java.util.List;
import steepest.DType;
import steepest.Node;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * Sorts along an axis: outputs the sorted values and their indices (I32). Stable: equal elements keep their order. NaN
 * counts as larger than all numbers, −0 equals 0.
 */
public record Sort(int axis, boolean descending) implements Op {
    @Override
    public List<Spec> outputs(List<Spec> in) {
        Spec x = in.get(0);
        x.shape().axis(axis);
        if (x.dtype() == DType.BOOL || x.dtype() == DType.U8)
            throw SteepestException.of("sort: takes f32, f64 or i32 (cast first), got %s", x);
        return List.of(x, new Spec(DType.I32, x.shape()));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        Tensor x = node.input(0);
        if (g[0] == null || !x.dtype().isFloating()) return null;
        return g[0].scatterAdd(axis, node.output(1), x.shape().dim(axis));
    }
}
