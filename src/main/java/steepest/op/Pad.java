package steepest.op;

import java.util.ArrayList;
import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * Surrounds the elements with a constant: {@code before[i]} and {@code after[i]} places around axis i and
 * {@code between[i]} between any two neighbours. With value 0 the adjoint of a slice.
 */
public record Pad(List<Integer> before, List<Integer> after, List<Integer> between, double value) implements Op {
    @Override
    public List<Spec> outputs(List<Spec> in) {
        Shape x = in.get(0).shape();
        if (before.size() != x.rank() || after.size() != x.rank() || between.size() != x.rank())
            throw SteepestException.of("pad: %s and %s do not fit the axes of %s", before, after, x);
        int[] d = x.dims();
        for (int i = 0; i < d.length; i++) {
            if (before.get(i) < 0 || after.get(i) < 0 || between.get(i) < 0)
                throw SteepestException.of("pad: widths must be at least 0, got %s and %s", before, after);
            d[i] = before.get(i) + d[i] + Math.max(0, d[i] - 1) * between.get(i) + after.get(i);
        }
        return List.of(new Spec(in.get(0).dtype(), Shape.of(d)));
    }

    /** The slice of the result that holds the elements. */
    public Move.Slice inside(Shape x) {
        List<Integer> count = new ArrayList<>();
        List<Integer> step = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            count.add(x.dim(i));
            step.add(between.get(i) + 1);
        }
        return new Move.Slice(before, count, step);
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return node.input(0).dtype().isFloating()
                ? Tensor.apply(inside(node.input(0).shape()), g[0])
                : null;
    }
}
