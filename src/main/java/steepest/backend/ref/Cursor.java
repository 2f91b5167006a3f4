package steepest.backend.ref;

import steepest.Shape;
import steepest.backend.View;

/**
 * Walks over the elements of a strided window in row-major order. Kernels bend windows to their purpose: a stride of 0
 * stays where it is while an axis is walked (a reduction's result, a repeated operand), an axis taken out leaves the
 * starts of its lanes.
 */
final class Cursor {
    final double[] memory;
    final Shape shape;
    private final int[] dims;
    private final long[] strides;
    private final int[] index;
    private long at;

    private Cursor(double[] memory, long offset, Shape shape, long[] strides) {
        this.memory = memory;
        this.shape = shape;
        this.dims = shape.dims();
        this.strides = strides;
        this.index = new int[dims.length];
        this.at = offset;
    }

    static Cursor of(View view, RefBuffer[] slots) {
        RefBuffer buffer = slots[view.slot()];
        if (buffer.dtype() != view.dtype())
            throw new IllegalStateException(
                    "ref: a view of %s on a slot of %s".formatted(view.dtype(), buffer.dtype()));
        return new Cursor(buffer.memory(), view.offset(), view.shape(), view.strides());
    }

    /** The same start with other sizes and strides. */
    Cursor reshaped(Shape shape, long... strides) {
        return new Cursor(memory, at, shape, strides.clone());
    }

    /** The starts of all lanes along an axis. */
    Cursor lanes(int axis) {
        long[] s = new long[strides.length - 1];
        for (int i = 0; i < s.length; i++) s[i] = strides[i < axis ? i : i + 1];
        return reshaped(shape.without(axis), s);
    }

    /** As if the axis had {@code size} places that are all its first one. */
    Cursor standing(int axis, int size) {
        long[] s = strides.clone();
        s[axis] = 0;
        return reshaped(shape.with(axis, size), s);
    }

    long stride(int axis) {
        return strides[axis < 0 ? axis + strides.length : axis];
    }

    /** The number of elements. */
    long size() {
        return shape.size();
    }

    /** Where the current element lies in memory. */
    int at() {
        return (int) at;
    }

    double get() {
        return memory[(int) at];
    }

    void set(double value) {
        memory[(int) at] = value;
    }

    /** Steps to the next element; after the last comes the first again. */
    void next() {
        for (int i = dims.length - 1; i >= 0; i--) {
            at += strides[i];
            if (++index[i] < dims[i]) return;
            at -= index[i] * strides[i];
            index[i] = 0;
        }
    }
}
