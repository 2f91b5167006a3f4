package steepest;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import steepest.op.ArgReduce;
import steepest.op.LogSumExp;
import steepest.op.MatMul;
import steepest.op.Reduce;
import steepest.op.Scan;
import steepest.op.Softmax;
import steepest.op.Sort;
import steepest.op.Variance;

/** The operations of a {@link Tensor} that combine elements: sums, products, extremes, sorting. */
public sealed interface Contracting permits Tensor {
    Tensor self();

    private int[] axes(int... axes) {
        if (axes.length == 0) return IntStream.range(0, self().shape().rank()).toArray();
        try {
            return Arrays.stream(axes)
                    .map(a -> self().shape().axis(a))
                    .distinct()
                    .sorted()
                    .toArray();
        } catch (SteepestException e) {
            throw Caller.locate(e);
        }
    }

    private Tensor reduce(Reduce.Kind kind, int... axes) {
        return Tensor.apply(new Reduce(kind, Tensor.toList(axes(axes))), self());
    }

    /** A tensor reduced along {@code axes} with these put back at size 1. */
    private Tensor keep(Tensor reduced, int... axes) {
        Shape s = self().shape();
        for (int a : axes(axes)) s = s.with(a, 1);
        return reduced.reshape(s);
    }

    /** The sum along the axes, which vanish; over everything if none is given. */
    default Tensor sum(int... axes) {
        // an empty list from a caller means "no axis" only inside expand's adjoint, where the shape is unchanged
        return self().shape().rank() == 0 ? self() : reduce(Reduce.Kind.SUM, axes);
    }

    /** As {@link #sum}, the axes kept at size 1. */
    default Tensor sumKeep(int... axes) {
        return keep(sum(axes), axes);
    }

    default Tensor prod(int... axes) {
        return self().shape().rank() == 0 ? self() : reduce(Reduce.Kind.PROD, axes);
    }

    /** The largest along the axes; ties share the gradient. */
    default Tensor max(int... axes) {
        return self().shape().rank() == 0 ? self() : reduce(Reduce.Kind.MAX, axes);
    }

    default Tensor maxKeep(int... axes) {
        return keep(max(axes), axes);
    }

    /** The smallest along the axes; ties share the gradient. */
    default Tensor min(int... axes) {
        return self().shape().rank() == 0 ? self() : reduce(Reduce.Kind.MIN, axes);
    }

    default Tensor mean(int... axes) {
        return sum(axes).mul(Tensor.literal(1.0 / count(axes), self().dtype()));
    }

    default Tensor meanKeep(int... axes) {
        return keep(mean(axes), axes);
    }

    private double count(int... axes) {
        double n = 1;
        for (int a : axes(axes)) n *= self().shape().dim(a);
        return n;
    }

    /** The mean squared deviation from the mean (the biased variance), by two passes, so that nothing cancels. */
    default Tensor variance(int... axes) {
        return Tensor.apply(new Variance(), grouped(axes))
                .reshape(self().shape().without(axes(axes)));
    }

    /** As {@code [K, A, L, B]}, the axes to be reduced in A and B; moved to the end if that does not do. */
    private Tensor grouped(int... axes) {
        int[] over = axes(axes);
        Shape s = self().shape();
        int[] dims = {1, 1, 1, 1};
        int d = 3;
        for (int a = s.rank() - 1; a >= 0 && d >= 0; a--) {
            if (s.dim(a) == 1) continue;
            boolean reduced = Arrays.binarySearch(over, a) >= 0;
            if (reduced != (d % 2 == 1)) d--;
            if (d >= 0) dims[d] *= s.dim(a);
        }
        if (d >= 0) return self().reshape(dims);
        IntStream kept = IntStream.range(0, s.rank()).filter(a -> Arrays.binarySearch(over, a) < 0);
        int outputs = s.without(over).intSize();
        return self().permute(IntStream.concat(kept, Arrays.stream(over)).toArray())
                .reshape(1, 1, outputs, s.intSize() / Math.max(1, outputs));
    }

    /** log Σ eˣ along the axes, without overflow. */
    default Tensor logSumExp(int... axes) {
        Tensor x = grouped(axes);
        Shape s = x.shape();
        // one line to each result: [outer, n, inner]
        Tensor lines = s.dim(3) == 1
                ? x.reshape(s.dim(0), s.dim(1), s.dim(2))
                : x.permute(0, 2, 1, 3).reshape(s.dim(0) * s.dim(2), s.dim(1) * s.dim(3), 1);
        return Tensor.apply(new LogSumExp(1), lines).reshape(self().shape().without(axes(axes)));
    }

    /** eˣ / Σ eˣ along an axis, without overflow. */
    default Tensor softmax(int axis) {
        return Tensor.apply(new Softmax(axes(axis)[0]), self());
    }

    /** x − log Σ eˣ along an axis; the largest is taken off before the sum's logarithm, so that nothing cancels. */
    default Tensor logSoftmax(int axis) {
        return Tensor.apply(new Softmax.Log(axes(axis)[0]), self());
    }

    /** The index (I32) of the largest along an axis, which vanishes; the first among equals. */
    default Tensor argmax(int axis) {
        return Tensor.apply(new ArgReduce(true, axes(axis)[0]), self());
    }

    /** The index (I32) of the smallest along an axis, which vanishes; the first among equals. */
    default Tensor argmin(int axis) {
        return Tensor.apply(new ArgReduce(false, axes(axis)[0]), self());
    }

    /** The competitive transfer function: 1 at the largest along an axis (the first among equals), else 0. */
    default Tensor compet(int axis) {
        int a = axes(axis)[0];
        Tensor places = Tensor.iota(self().shape().dim(a));
        int[] d = new int[self().shape().rank()];
        Arrays.fill(d, 1);
        d[a] = self().shape().dim(a);
        return keep(argmax(a), a).eq(places.reshape(Shape.of(d))).cast(self().dtype());
    }

    /** The cumulative sum along an axis. */
    default Tensor cumsum(int axis) {
        return Tensor.apply(new Scan(axes(axis)[0], false), self());
    }

    /** Values and their indices (I32), both of the tensor's shape along the sorted axis. */
    record Sorted(Tensor values, Tensor indices) {}

    /** Sorted along an axis; stable. */
    default Sorted sort(int axis, boolean descending) {
        Node node = Node.create(new Sort(axes(axis)[0], descending), null, self());
        return new Sorted(node.output(0), node.output(1));
    }

    /** The k largest along an axis, in falling order. */
    default Sorted topk(int axis, int k) {
        Sorted s = sort(axis, true);
        return new Sorted(s.values().slice(axis, 0, k), s.indices().slice(axis, 0, k));
    }

    /**
     * The matrix product over the last two axes, the axes before broadcast: {@code [B…, M, K] × [B…, K, N] → [B…, M, N]}.
     * A vector on the right or left is a column or a row, and its axis vanishes.
     */
    default Tensor matmul(Tensor other) {
        Tensor a = self();
        int ra = a.shape().rank();
        int rb = other.shape().rank();
        if (ra == 0 || rb == 0)
            throw Caller.locate(
                    SteepestException.of("matmul: takes matrices or vectors, got %s × %s", a.shape(), other.shape()));
        if (ra == 1) return a.unsqueeze(0).matmul(other).squeeze(rb == 1 ? 0 : -2);
        if (rb == 1) return a.matmul(other.unsqueeze(1)).squeeze(-1);
        // many matrices times one are one tall matrix
        if (rb == 2 && ra > 2) {
            Shape rows = a.shape().slice(0, ra - 1);
            if (a.shape().dim(-1) == other.shape().dim(0))
                return a.reshape(rows.intSize(), a.shape().dim(-1))
                        .matmul(other)
                        .reshape(rows.concat(Shape.of(other.shape().dim(1))));
        }
        Shape batch;
        try {
            batch = Shape.broadcast(
                    "matmul", a.shape().slice(0, ra - 2), other.shape().slice(0, rb - 2));
        } catch (SteepestException e) {
            throw Caller.locate(e);
        }
        Tensor left = a.broadcastTo(batch.concat(a.shape().slice(ra - 2, ra)));
        Tensor right = other.broadcastTo(batch.concat(other.shape().slice(rb - 2, rb)));
        return Tensor.apply(new MatMul(), left, right);
    }

    /** The inner product of two vectors or of all elements of two tensors of one shape. */
    default Tensor dot(Tensor other) {
        return self().mul(other).sum();
    }

    /** The Euclidean norm of all elements; its gradient at the zero vector is taken as 0. */
    default Tensor norm() {
        Tensor s = self().square().sum();
        Tensor zero = s.eq(Tensor.literal(0, s.dtype()));
        // the root's derivative at 0 is infinite: it is taken elsewhere and not chosen
        Tensor root = Tensor.where(zero, Tensor.literal(1, s.dtype()), s).sqrt();
        return Tensor.where(zero, Tensor.literal(0, s.dtype()), root);
    }

    /** Several gradients at once; see {@link Tensor#grad(List)}. */
    default List<Tensor> grads(Variable... variables) {
        return self().grad(Arrays.stream(variables).map(Variable::read).toList());
    }
}
