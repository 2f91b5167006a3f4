package steepest.plan;

import java.util.Arrays;
import steepest.Shape;
import steepest.op.Move;

/** A window on the memory of a port: where element (i₀, i₁, …) of a view lies, in elements from the port's start. */
record Strided(Graph.Port base, Shape shape, long offset, long[] strides) {

    /** All of a port's memory in its own order. */
    static Strided whole(Graph.Port p) {
        return new Strided(p, p.shape(), 0, p.shape().strides());
    }

    /** Whether this is all of {@code p}'s memory under its own shape. */
    boolean isWholeOf(Graph.Port p) {
        return base.equals(p) && shape.equals(p.shape()) && offset == 0 && isContiguous();
    }

    /** Whether this is all of {@code p}'s memory, in its order and under its shape but for axes of size 1. */
    boolean isAllOf(Graph.Port p) {
        return base.equals(p)
                && offset == 0
                && isContiguous()
                && Arrays.equals(withoutOnes(shape), withoutOnes(p.shape()));
    }

    private static int[] withoutOnes(Shape shape) {
        return Arrays.stream(shape.dims()).filter(d -> d != 1).toArray();
    }

    boolean isContiguous() {
        long n = 1;
        for (int i = shape.rank() - 1; i >= 0; i--) {
            if (shape.dim(i) != 1 && strides[i] != n) return false;
            n *= shape.dim(i);
        }
        return true;
    }

    /** This window seen through a move that gives {@code to}; null where strides cannot express it. */
    Strided through(Move m, Shape to) {
        long[] s = new long[to.rank()];
        long start = offset;
        if (m instanceof Move.Reshape) {
            s = reshaped(to);
            if (s == null) return null;
        } else if (m instanceof Move.Permute p) {
            for (int i = 0; i < s.length; i++) s[i] = strides[p.order().get(i)];
        } else if (m instanceof Move.Expand) {
            for (int i = 0; i < s.length; i++) s[i] = shape.dim(i) == to.dim(i) ? strides[i] : 0;
        } else if (m instanceof Move.Slice c) {
            for (int i = 0; i < s.length; i++) {
                s[i] = strides[i] * c.step().get(i);
                start += strides[i] * c.start().get(i);
            }
        } else if (m instanceof Move.Flip f) {
            s = strides.clone();
            for (int a : f.axes()) {
                s[a] = -strides[a];
                if (shape.dim(a) > 0) start += strides[a] * (shape.dim(a) - 1L);
            }
        } else {
            throw new AssertionError(m);
        }
        return new Strided(base, to, to.size() == 0 ? 0 : start, s);
    }

    /** Strides for another shape of the same elements in the same order, or null if there are none. */
    private long[] reshaped(Shape to) {
        if (to.size() == 0 || isContiguous()) return to.strides();
        // axes of size 1 say nothing of the memory
        int[] axes = new int[shape.rank()];
        int n = 0;
        for (int i = 0; i < shape.rank(); i++) if (shape.dim(i) != 1) axes[n++] = i;
        long[] s = new long[to.rank()];
        int from = 0;
        int t = 0;
        while (t < to.rank()) {
            // the smallest run of old axes and run of new axes with the same number of elements
            int t0 = t;
            long want = to.dim(t++);
            if (want == 1) {
                s[t0] = 0;
                continue;
            }
            int f0 = from;
            long have = shape.dim(axes[from++]);
            while (have != want) {
                if (have < want) have *= shape.dim(axes[from++]);
                else want *= to.dim(t++);
            }
            for (int k = f0; k < from - 1; k++)
                if (strides[axes[k]] != strides[axes[k + 1]] * shape.dim(axes[k + 1])) return null;
            long stride = strides[axes[from - 1]];
            for (int k = t - 1; k >= t0; k--) {
                s[k] = stride;
                stride *= to.dim(k);
            }
        }
        return from == n ? s : null;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Strided s
                && base.equals(s.base)
                && shape.equals(s.shape)
                && offset == s.offset
                && Arrays.equals(strides, s.strides);
    }

    @Override
    public int hashCode() {
        return (base.hashCode() * 31 + Long.hashCode(offset)) * 31 + Arrays.hashCode(strides);
    }
}
