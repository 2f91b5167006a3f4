package steepest.backend.opencl;

import steepest.DType;
import steepest.SteepestException;
import steepest.backend.Buffer;
import steepest.backend.opencl.binding.Cl;

/** Device memory: one {@code cl_mem}. */
final class ClBuffer implements Buffer {
    private final OpenClDevice device;
    private final DType dtype;
    private final long length;
    private Cl.Mem mem;

    ClBuffer(OpenClDevice device, DType dtype, long length, Cl.Mem mem) {
        this.device = device;
        this.dtype = dtype;
        this.length = length;
        this.mem = mem;
    }

    Cl.Mem mem() {
        if (mem == null)
            throw SteepestException.of("opencl: a buffer of %d %s was used after it had been freed", length, dtype);
        return mem;
    }

    long bytes() {
        return length * dtype.bytes();
    }

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void free() {
        if (mem == null) return;
        Cl.Mem m = mem;
        mem = null;
        device.release(m, bytes());
    }
}
