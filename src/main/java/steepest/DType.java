package steepest;

/** The type of a tensor's elements. Labels and indices are {@link #I32}; an integer never lives in a float. */
public enum DType {
    /** IEEE 754 single precision, the type of weights and activations. The {@code ref} device computes it in double. */
    F32(4),
    /** IEEE 754 double precision; on the {@code ref} device only. */
    F64(8),
    /** Two's complement 32-bit integers, wrapping on overflow. */
    I32(4),
    /** Unsigned bytes, for images as they lie on disk. */
    U8(1),
    /** Truth values, one byte each: 0 or 1. */
    BOOL(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes an element takes. */
    public int bytes() {
        return bytes;
    }

    public boolean isFloating() {
        return this == F32 || this == F64;
    }

    /** Name as in error messages: {@code f32}, {@code i32}, … */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
