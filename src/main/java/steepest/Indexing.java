package steepest;

import java.util.Arrays;
import java.util.List;
import steepest.op.Gather;
import steepest.op.Move;
import steepest.op.Pad;
import steepest.op.ScatterAdd;

/** The operations of a {@link Tensor} that move elements: shape, order, selection. Axes may be negative, from the end. */
public sealed interface Indexing permits Tensor {
    Tensor self();

    private int axis(int axis) {
        try {
            return self().shape().axis(axis);
        } catch (SteepestException e) {
            throw Caller.locate(e);
        }
    }

    /** The same elements, row-major, in another shape. */
    default Tensor reshape(Shape shape) {
        return shape.equals(self().shape()) ? self() : Tensor.apply(new Move.Reshape(shape), self());
    }

    /** As {@link #reshape(Shape)}; one size may be −1 and is worked out. */
    default Tensor reshape(int... dims) {
        int[] d = dims.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < d.length; i++) {
            if (d[i] == -1 && open < 0) open = i;
            else known *= d[i];
        }
        if (open >= 0) {
            if (known <= 0 || self().size() % known != 0)
                throw Caller.locate(SteepestException.of(
                        "reshape: %s does not divide into %s", self().shape(), Arrays.toString(dims)));
            d[open] = Math.toIntExact(self().size() / known);
        }
        return reshape(Shape.of(d));
    }

    /** All axes from {@code from} on become one. */
    default Tensor flatten(int from) {
        Shape s = self().shape();
        int a = axis(from);
        return reshape(s.slice(0, a).concat(Shape.of(s.slice(a, s.rank()).intSize())));
    }

    /** Axis i of the result is axis {@code order[i]} of this. */
    default Tensor permute(int... order) {
        int[] o = new int[order.length];
        boolean same = o.length == self().shape().rank();
        for (int i = 0; i < o.length; i++) {
            o[i] = axis(order[i]);
            same &= o[i] == i;
        }
        return same ? self() : Tensor.apply(new Move.Permute(Tensor.toList(o)), self());
    }

    /** Two axes exchanged. */
    default Tensor transpose(int a, int b) {
        int[] order = new int[self().shape().rank()];
        Arrays.setAll(order, i -> i);
        order[axis(a)] = axis(b);
        order[axis(b)] = axis(a);
        return permute(order);
    }

    /** The last two axes exchanged: the transpose of a matrix, or of each in a batch. */
    default Tensor t() {
        return transpose(-1, -2);
    }

    /** An axis of size 1 put in before {@code axis} (negative: counted from the end of the result). */
    default Tensor unsqueeze(int axis) {
        return reshape(Caller.located(() -> self().shape().insert(axis, 1)));
    }

    /** An axis of size 1 taken out. */
    default Tensor squeeze(int axis) {
        if (self().shape().dim(axis(axis)) != 1)
            throw Caller.locate(SteepestException.of("squeeze: axis %d of %s is not of size 1", axis, self().shape()));
        return reshape(self().shape().without(axis));
    }

    /** Axes of size 1 repeated to reach a shape of the same rank. */
    default Tensor expand(Shape shape) {
        return shape.equals(self().shape()) ? self() : Tensor.apply(new Move.Expand(shape), self());
    }

    /** Repeated to a shape by NumPy's rule, new axes in front. */
    default Tensor broadcastTo(Shape shape) {
        Shape s = self().shape();
        if (s.rank() < shape.rank()) {
            int[] ones = new int[shape.rank() - s.rank()];
            Arrays.fill(ones, 1);
            return reshape(Shape.of(ones).concat(s)).expand(shape);
        }
        return expand(shape);
    }

    /** The whole tensor laid side by side {@code times[i]} times along axis i, one number for each axis. */
    default Tensor tile(int... times) {
        Shape s = self().shape();
        if (times.length != s.rank() || Arrays.stream(times).anyMatch(n -> n < 0))
            throw Caller.locate(SteepestException.of(
                    "tile: takes a number of at least 0 for each axis of %s, got %s", s, Arrays.toString(times)));
        // each axis as (times, size), the first one repeated
        int[] open = new int[2 * times.length];
        int[] repeated = new int[2 * times.length];
        int[] joined = new int[times.length];
        for (int i = 0; i < times.length; i++) {
            open[2 * i] = 1;
            repeated[2 * i] = times[i];
            open[2 * i + 1] = repeated[2 * i + 1] = s.dim(i);
            joined[i] = Math.multiplyExact(times[i], s.dim(i));
        }
        return reshape(Shape.of(open)).expand(Shape.of(repeated)).reshape(Shape.of(joined));
    }

    /** Each element along an axis {@code times} times in a row: a, b gives a, a, b, b. */
    default Tensor repeat(int axis, int times) {
        int a = axis(axis);
        if (times < 0) throw Caller.locate(SteepestException.of("repeat: takes at least 0 times, got %d", times));
        Shape s = self().shape();
        Shape joined = s.with(a, Math.multiplyExact(s.dim(a), times));
        return reshape(s.insert(a + 1, 1)).expand(s.insert(a + 1, times)).reshape(joined);
    }

    /** Elements {@code from} (inclusive) to {@code to} (exclusive) along an axis; negative ones count from the end. */
    default Tensor slice(int axis, int from, int to) {
        return slice(axis, from, to, 1);
    }

    /** Every {@code step}-th element from {@code from} to before {@code to} along an axis. */
    default Tensor slice(int axis, int from, int to, int step) {
        int a = axis(axis);
        Shape s = self().shape();
        int n = s.dim(a);
        int lo = from < 0 ? from + n : from;
        int hi = to < 0 ? to + n : to;
        if (lo < 0 || hi > n || lo > hi || step < 1)
            throw Caller.locate(SteepestException.of(
                    "slice: %d to %d step %d does not fit axis %d of %s", from, to, step, axis, s));
        if (lo == 0 && hi == n && step == 1) return self();
        int[] start = new int[s.rank()];
        int[] count = s.dims();
        int[] steps = new int[s.rank()];
        Arrays.fill(steps, 1);
        start[a] = lo;
        count[a] = (hi - lo + step - 1) / step;
        steps[a] = step;
        return Tensor.apply(new Move.Slice(Tensor.toList(start), Tensor.toList(count), Tensor.toList(steps)), self());
    }

    /** Element {@code index} of an axis, which vanishes. */
    default Tensor select(int axis, int index) {
        int i = index < 0 ? index + self().shape().dim(axis(axis)) : index;
        return slice(axis, i, i + 1).squeeze(axis);
    }

    /** The given axes read backwards. */
    default Tensor flip(int... axes) {
        List<Integer> sorted =
                Arrays.stream(axes).map(this::axis).distinct().sorted().boxed().toList();
        return Tensor.apply(new Move.Flip(sorted), self());
    }

    /** A border of {@code value}: {@code before[i]} and {@code after[i]} places around axis i. */
    default Tensor pad(int[] before, int[] after, double value) {
        return Tensor.apply(
                new Pad(Tensor.toList(before), Tensor.toList(after), Tensor.toList(new int[before.length]), value),
                self());
    }

    /** {@code y[…, j, …] = x[…, index[…, j, …], …]} along an axis (NumPy's take_along_axis); out of range reads 0. */
    default Tensor gather(int axis, Tensor index) {
        return Tensor.apply(new Gather(axis(axis)), self(), index);
    }

    /** Whole slices by number: index I32 {@code [n]}, the axis becomes n long (an embedding's rows). Out of range reads 0. */
    default Tensor take(int axis, Tensor index) {
        int a = axis(axis);
        int[] d = new int[self().shape().rank()];
        Arrays.fill(d, 1);
        int n = index.shape().intSize();
        d[a] = n;
        return gather(a, index.reshape(Shape.of(d)).expand(self().shape().with(a, n)));
    }

    /** The adjoint of {@link #gather}: adds elements into zeros at the places that the index names, {@code size} of them. */
    default Tensor scatterAdd(int axis, Tensor index, int size) {
        return Tensor.apply(new ScatterAdd(axis(axis), size), self(), index);
    }

    /** I32 labels {@code […]} as F32 {@code […, classes]}, 1 at the label and 0 elsewhere; all 0 for a label out of range. */
    default Tensor oneHot(int classes) {
        return unsqueeze(-1).eq(Tensor.iota(classes)).cast(DType.F32);
    }
}
