package steepest.op;

import java.util.ArrayList;
import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/** Views: the same elements under other indices. They cost nothing where a kernel can read through them. */
public sealed interface Move extends Op {

    /** The shape of the result, for an input of shape {@code x}. */
    Shape shape(Shape x);

    @Override
    default List<Spec> outputs(List<Spec> in) {
        return List.of(new Spec(in.get(0).dtype(), shape(in.get(0).shape())));
    }

    /** The adjoint: what carries a gradient back to an input of shape {@code x}. */
    Tensor adjoint(Tensor g, Shape x);

    @Override
    default Tensor vjp(Node node, int i, Tensor[] g) {
        return node.input(0).dtype().isFloating() ? adjoint(g[0], node.input(0).shape()) : null;
    }

    /** The same elements in row-major order under another shape. */
    record Reshape(Shape to) implements Move {
        @Override
        public Shape shape(Shape x) {
            if (x.size() != to.size())
                throw SteepestException.of(
                        "reshape: %s (%d elements) cannot become %s (%d)", x, x.size(), to, to.size());
            return to;
        }

        @Override
        public Tensor adjoint(Tensor g, Shape x) {
            return g.reshape(x);
        }
    }

    /** Axis i of the result is axis {@code order[i]} of the input. */
    record Permute(List<Integer> order) implements Move {
        @Override
        public Shape shape(Shape x) {
            int[] d = new int[x.rank()];
            boolean[] seen = new boolean[x.rank()];
            boolean ok = order.size() == x.rank();
            for (int i = 0; ok && i < d.length; i++) {
                int a = order.get(i);
                ok = a >= 0 && a < d.length && !seen[a];
                if (ok) {
                    seen[a] = true;
                    d[i] = x.dim(a);
                }
            }
            if (!ok) throw SteepestException.of("permute: %s is no order of the axes of %s", order, x);
            return Shape.of(d);
        }

        @Override
        public Tensor adjoint(Tensor g, Shape x) {
            int[] inverse = new int[order.size()];
            for (int i = 0; i < inverse.length; i++) inverse[order.get(i)] = i;
            return g.permute(inverse);
        }
    }

    /** Axes of size 1 repeated; the rank stays. Its adjoint is a sum. */
    record Expand(Shape to) implements Move {
        @Override
        public Shape shape(Shape x) {
            boolean ok = x.rank() == to.rank();
            for (int i = 0; ok && i < x.rank(); i++) ok = x.dim(i) == to.dim(i) || x.dim(i) == 1;
            if (!ok) throw SteepestException.of("expand: %s does not broadcast to %s", x, to);
            return to;
        }

        @Override
        public Tensor adjoint(Tensor g, Shape x) {
            List<Integer> axes = new ArrayList<>();
            for (int i = 0; i < x.rank(); i++) if (x.dim(i) != to.dim(i)) axes.add(i);
            return g.sum(axes.stream().mapToInt(Integer::intValue).toArray()).reshape(x);
        }
    }

    /** Along each axis i the elements {@code start[i]}, {@code start[i] + step[i]}, …, {@code count[i]} of them. */
    record Slice(List<Integer> start, List<Integer> count, List<Integer> step) implements Move {
        @Override
        public Shape shape(Shape x) {
            boolean ok = start.size() == x.rank() && count.size() == x.rank() && step.size() == x.rank();
            for (int i = 0; ok && i < x.rank(); i++) {
                int n = count.get(i);
                ok = n >= 0
                        && step.get(i) >= 1
                        && start.get(i) >= 0
                        && (n == 0 ? start.get(i) <= x.dim(i) : start.get(i) + (n - 1L) * step.get(i) < x.dim(i));
            }
            if (!ok)
                throw SteepestException.of("slice: start %s, count %s, step %s do not fit %s", start, count, step, x);
            return Shape.of(count.stream().mapToInt(Integer::intValue).toArray());
        }

        @Override
        public Tensor adjoint(Tensor g, Shape x) {
            List<Integer> after = new ArrayList<>();
            List<Integer> between = new ArrayList<>();
            for (int i = 0; i < x.rank(); i++) {
                int n = count.get(i);
                after.add(x.dim(i) - start.get(i) - (n == 0 ? 0 : (n - 1) * step.get(i) + 1));
                between.add(step.get(i) - 1);
            }
            return Tensor.apply(new Pad(start, after, between, 0), g);
        }
    }

    /** The given axes (sorted) read backwards. */
    record Flip(List<Integer> axes) implements Move {
        @Override
        public Shape shape(Shape x) {
            for (int a : axes) x.axis(a);
            return x;
        }

        @Override
        public Tensor adjoint(Tensor g, Shape x) {
            return Tensor.apply(this, g);
        }
    }
}
