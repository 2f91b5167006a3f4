package steepest.op;

import java.util.List;
import steepest.DType;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * Picks along an axis: {@code y[o, j, i] = x[o, idx[o, j, i], i]}, o and i standing for all axes before and after. Index
 * (I32) and x agree in all other axes; selecting whole rows is an index expanded along them. An index out of range reads
 * 0, on every backend.
 */
public record Gather(int axis) implements Op {
    @Override
    public List<Spec> outputs(List<Spec> in) {
        Spec x = in.get(0);
        Spec index = in.get(1);
        check(name(), axis, x.shape(), index);
        return List.of(new Spec(x.dtype(), index.shape()));
    }

    static void check(String op, int axis, Shape x, Spec index) {
        if (index.dtype() != DType.I32) throw SteepestException.of("%s: the index must be i32, got %s", op, index);
        if (index.shape().rank() != x.rank() || !index.shape().without(axis).equals(x.without(axis)))
            throw SteepestException.of("%s: index %s and tensor %s differ beside axis %d", op, index.shape(), x, axis);
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        if (i == 1 || !node.input(0).dtype().isFloating()) return null;
        return g[0].scatterAdd(axis, node.input(1), node.input(0).shape().dim(axis));
    }
}
