package steepest.backend;

import java.util.Arrays;
import steepest.DType;
import steepest.Shape;
import steepest.Spec;

/**
 * A window on memory: element {@code (i₀, i₁, …)} lies at {@code offset + Σ iₖ·strides[k]} of the slot, in elements.
 * Strides may be 0 (repeated) or negative (backwards).
 */
public record View(int slot, DType dtype, Shape shape, long offset, long[] strides) {
    /** A row-major window. */
    public static View of(int slot, DType dtype, Shape shape, long offset) {
        return new View(slot, dtype, shape, offset, shape.strides());
    }

    public Spec spec() {
        return new Spec(dtype, shape);
    }

    /** Whether the elements lie in row-major order without gaps (axes of size 1 may have any stride). */
    public boolean isContiguous() {
        long n = 1;
        for (int i = shape.rank() - 1; i >= 0; i--) {
            if (shape.dim(i) != 1 && strides[i] != n) return false;
            n *= shape.dim(i);
        }
        return true;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof View v
                && slot == v.slot
                && dtype == v.dtype
                && offset == v.offset
                && shape.equals(v.shape)
                && Arrays.equals(strides, v.strides);
    }

    @Override
    public int hashCode() {
        return ((slot * 31 + Long.hashCode(offset)) * 31 + shape.hashCode()) * 31 + Arrays.hashCode(strides);
    }
}
