package steepest.backend.cpu;

import steepest.DType;
import steepest.backend.Buffer;

/** Memory in the Java heap: a {@code float[]} (F32), {@code int[]} (I32) or {@code byte[]} (U8, BOOL). */
final class CpuBuffer implements Buffer {
    private final DType dtype;
    private final long length;
    private Object array;

    CpuBuffer(DType dtype, Object array, long length) {
        this.dtype = dtype;
        this.array = array;
        this.length = length;
    }

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public long length() {
        return length;
    }

    /** The array itself; null once freed. */
    Object array() {
        return array;
    }

    @Override
    public void free() {
        array = null;
    }
}
