package steepest.op;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import steepest.DType;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * Combines all elements along some axes, which vanish from the shape. Axes are sorted, distinct and non-negative. The
 * order of combination is fixed by the shape alone, so a result repeats bit for bit on the same device.
 *
 * <p>An empty SUM is 0, an empty PROD 1; MAX and MIN of nothing are errors.
 */
public record Reduce(Kind kind, List<Integer> axes) implements Op {
    public enum Kind {
        SUM,
        PROD,
        MAX,
        MIN
    }

    @Override
    public String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<Spec> outputs(List<Spec> in) {
        Spec x = in.get(0);
        if (x.dtype() == DType.BOOL || x.dtype() == DType.U8)
            throw SteepestException.of("%s: takes f32, f64 or i32 (cast first), got %s", name(), x);
        long n = 1;
        for (int a : axes) n *= x.shape().dim(a);
        if (n == 0
                && (kind == Kind.MAX || kind == Kind.MIN)
                && x.shape().without(axesArray()).size() > 0)
            throw SteepestException.of("%s: no elements along axes %s of %s", name(), axes, x.shape());
        return List.of(new Spec(x.dtype(), x.shape().without(axesArray())));
    }

    public int[] axesArray() {
        return axes.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        Tensor x = node.input(0);
        if (!x.dtype().isFloating()) return null;
        Tensor wide = spread(g[0], x.shape());
        return switch (kind) {
            case SUM -> wide;
            case MAX, MIN -> {
                // ties share the gradient equally
                Tensor hit = x.eq(spread(node.output(0), x.shape())).cast(x.dtype());
                yield hit.mul(wide).div(spread(hit.sum(axesArray()), x.shape()));
            }
            case PROD -> wide.mul(productOfOthers(x));
        };
    }

    /** A reduced tensor repeated along the reduced axes. */
    private Tensor spread(Tensor reduced, Shape full) {
        int[] d = full.dims();
        for (int a : axes) d[a] = 1;
        return reduced.reshape(Shape.of(d)).expand(full);
    }

    /**
     * For each element the product of all others along the axes. Dividing the whole product by the element would fail at
     * zeros, so it is taken over an n × n square with ones on its diagonal: exact there too, in every order of derivative.
     */
    private Tensor productOfOthers(Tensor x) {
        int rank = x.shape().rank();
        int[] kept = new int[rank - axes.size()];
        int[] order = new int[rank];
        int k = 0;
        for (int a = 0; a < rank; a++) if (!axes.contains(a)) kept[k++] = a;
        System.arraycopy(kept, 0, order, 0, k);
        for (int a : axes) order[k++] = a;
        Tensor moved = x.permute(order);
        int n = 1;
        for (int a : axes) n *= x.shape().dim(a);
        Shape keptShape = moved.shape().slice(0, kept.length);
        Shape square = keptShape.concat(Shape.of(n, n));
        Tensor rows = moved.reshape(keptShape.concat(Shape.of(1, n))).expand(square);
        Tensor diagonal =
                Tensor.iota(n).reshape(Shape.of(n, 1)).eq(Tensor.iota(n)).broadcastTo(square);
        Tensor others =
                Tensor.where(diagonal, Tensor.literal(1, x.dtype()), rows).prod(-1);
        int[] back = new int[rank];
        for (int a = 0; a < rank; a++) back[order[a]] = a;
        return others.reshape(moved.shape()).permute(back);
    }

    @Override
    public String toString() {
        return name() + Arrays.toString(axesArray());
    }
}
