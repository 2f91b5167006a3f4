package steepest.op;

import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/** Tensors laid one after the other along an axis; they agree in all others. */
public record Concat(int axis) implements Op {
    @Override
    public List<Spec> outputs(List<Spec> in) {
        Spec first = in.get(0);
        int n = 0;
        for (Spec s : in) {
            if (s.dtype() != first.dtype()
                    || s.shape().rank() != first.shape().rank()
                    || !s.shape().without(axis).equals(first.shape().without(axis)))
                throw SteepestException.of("concat: %s and %s differ beside axis %d", first, s, axis);
            n += s.shape().dim(axis);
        }
        return List.of(new Spec(first.dtype(), first.shape().with(axis, n)));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        if (!node.input(i).dtype().isFloating()) return null;
        int start = 0;
        for (int j = 0; j < i; j++) start += node.input(j).shape().dim(axis);
        Shape x = node.input(i).shape();
        return g[0].slice(axis, start, start + x.dim(axis));
    }
}
