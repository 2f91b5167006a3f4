package steepest;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The sizes of a tensor's axes, outermost first; rank 0 is a scalar. Immutable. Axes may be named from the end with
 * negative numbers, as in NumPy.
 */
public final class Shape {
    public static final Shape SCALAR = new Shape(new int[0]);

    private final int[] dims;
    private final long size;

    private Shape(int[] dims) {
        this.dims = dims;
        long n = 1;
        for (int d : dims) {
            if (d < 0) throw SteepestException.of("shape: sizes must be at least 0, got %s", Arrays.toString(dims));
            if (d > 0 && n > Long.MAX_VALUE / d)
                throw SteepestException.of("shape: %s has more elements than can be counted", Arrays.toString(dims));
            n *= d;
        }
        this.size = n;
    }

    /** @throws SteepestException if a size is negative */
    public static Shape of(int... dims) {
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    public int rank() {
        return dims.length;
    }

    /** The number of elements: the product of the sizes, 1 for a scalar. */
    public long size() {
        return size;
    }

    /** The number of elements as an {@code int}; an error where a Java array could not hold them. */
    public int intSize() {
        if (size > Integer.MAX_VALUE - 8)
            throw SteepestException.of("shape %s has more elements than an array holds", this);
        return (int) size;
    }

    /** The size of an axis; negative axes count from the end. */
    public int dim(int axis) {
        return dims[axis(axis)];
    }

    /** A copy of all sizes. */
    public int[] dims() {
        return dims.clone();
    }

    /**
     * The axis as a number from 0.
     *
     * @throws SteepestException if there is no such axis
     */
    public int axis(int axis) {
        int a = axis < 0 ? axis + dims.length : axis;
        if (a < 0 || a >= dims.length) throw SteepestException.of("axis %d is out of range for shape %s", axis, this);
        return a;
    }

    /** Row-major (C order) strides, in elements. */
    public long[] strides() {
        long[] s = new long[dims.length];
        long n = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            s[i] = n;
            n *= dims[i];
        }
        return s;
    }

    /** This shape with one axis set to another size. */
    public Shape with(int axis, int size) {
        int[] d = dims.clone();
        d[axis(axis)] = size;
        return new Shape(d);
    }

    /** This shape with an axis inserted before {@code axis} (negative: counted from the end of the result). */
    public Shape insert(int axis, int size) {
        int a = axis < 0 ? axis + dims.length + 1 : axis;
        if (a < 0 || a > dims.length)
            throw SteepestException.of("axis %d is out of range to insert into %s", axis, this);
        int[] d = new int[dims.length + 1];
        System.arraycopy(dims, 0, d, 0, a);
        d[a] = size;
        System.arraycopy(dims, a, d, a + 1, dims.length - a);
        return new Shape(d);
    }

    /** This shape without the given axes. */
    public Shape without(int... axes) {
        boolean[] drop = new boolean[dims.length];
        for (int a : axes) drop[axis(a)] = true;
        int[] d = new int[dims.length];
        int n = 0;
        for (int i = 0; i < dims.length; i++) if (!drop[i]) d[n++] = dims[i];
        return new Shape(Arrays.copyOf(d, n));
    }

    /** The axes from {@code from} (inclusive) to {@code to} (exclusive). */
    public Shape slice(int from, int to) {
        return new Shape(Arrays.copyOfRange(dims, from, to));
    }

    /** This shape followed by another. */
    public Shape concat(Shape other) {
        int[] d = Arrays.copyOf(dims, dims.length + other.dims.length);
        System.arraycopy(other.dims, 0, d, dims.length, other.dims.length);
        return new Shape(d);
    }

    /**
     * The shape that both broadcast to by NumPy's rule: aligned at the last axis, sizes equal or one of them 1.
     *
     * @throws SteepestException if they do not broadcast, naming the op
     */
    public static Shape broadcast(String op, Shape a, Shape b) {
        if (a.equals(b)) return a;
        int rank = Math.max(a.rank(), b.rank());
        int[] d = new int[rank];
        for (int i = 1; i <= rank; i++) {
            int x = i <= a.rank() ? a.dims[a.rank() - i] : 1;
            int y = i <= b.rank() ? b.dims[b.rank() - i] : 1;
            if (x != y && x != 1 && y != 1)
                throw SteepestException.of(
                        "%s: shapes %s and %s do not broadcast (%d vs %d, axis %d)", op, a, b, x, y, -i);
            d[rank - i] = x == 1 ? y : x;
        }
        return new Shape(d);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Shape s && Arrays.equals(dims, s.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** {@code [64,1,28,28]}; {@code []} for a scalar. */
    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(Integer::toString).collect(Collectors.joining(",", "[", "]"));
    }
}
