package steepest.backend.ref;

import java.util.Arrays;
import steepest.DType;
import steepest.backend.Buffer;
import steepest.backend.OutOfDeviceMemory;

/** Memory of the reference: a double for each element, whatever its type. Doubles hold all integers of 32 bits exactly. */
final class RefBuffer implements Buffer {
    /** What fresh integer memory holds: no value that a right plan could mistake for its own. */
    private static final double GARBAGE = 0xABADCAFE;

    private final DType dtype;
    private final int length;
    private double[] memory;

    RefBuffer(DType dtype, long length) {
        if (length > Integer.MAX_VALUE - 8)
            throw new OutOfDeviceMemory("ref: a buffer has at most 2^31 - 9 elements, asked for " + length);
        this.dtype = dtype;
        this.length = (int) length;
        try {
            memory = new double[this.length];
        } catch (OutOfMemoryError e) {
            throw new OutOfDeviceMemory(
                    "ref: the Java heap has no room for " + length + " doubles (raise it with -Xmx)");
        }
        // undefined content must be seen when it is read by mistake: NaN spreads into every result
        Arrays.fill(memory, dtype.isFloating() ? Double.NaN : GARBAGE);
    }

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public long length() {
        return length;
    }

    double[] memory() {
        if (memory == null) throw new IllegalStateException("ref: a buffer is used after it was freed");
        return memory;
    }

    @Override
    public void free() {
        memory = null;
    }
}
