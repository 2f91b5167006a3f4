package steepest.op;

import java.util.List;
import steepest.DType;
import steepest.Node;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * The adjoint of {@link Gather}: {@code y[o, idx[o, j, i], i] += x[o, j, i]} into zeros, the axis having {@code size}
 * places. What falls on one place is added in the order of j, so the sum repeats bit for bit. An index out of range
 * adds nothing.
 */
public record ScatterAdd(int axis, int size) implements Op {
    @Override
    public List<Spec> outputs(List<Spec> in) {
        Spec x = in.get(0);
        Spec index = in.get(1);
        if (index.dtype() != DType.I32 || !index.shape().equals(x.shape()))
            throw SteepestException.of("scatterAdd: takes an i32 index of shape %s, got %s", x.shape(), index);
        if (x.dtype() == DType.BOOL || x.dtype() == DType.U8)
            throw SteepestException.of("scatterAdd: takes f32, f64 or i32 (cast first), got %s", x);
        return List.of(new Spec(x.dtype(), x.shape().with(axis, size)));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return i == 0 && node.input(0).dtype().isFloating() ? g[0].gather(axis, node.input(1)) : null;
    }
}
