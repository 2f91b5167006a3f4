package steepest.backend;

import java.util.List;
import java.util.Optional;
import steepest.DType;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.HostArray;
import steepest.Shape;
import steepest.Spec;
import steepest.op.Fused;
import steepest.op.Op;

/**
 * An open device: memory and kernels. Calls come from one thread at a time. Work may be queued; it runs in the order it
 * was asked for, and {@link #read} waits for what it reads.
 */
public interface BackendDevice extends AutoCloseable {
    DeviceInfo info();

    /** Whether there are kernels for the type at all (F64 is on the reference alone). */
    boolean supports(DType dtype);

    /** The most bytes that one {@link Buffer} of the type can have. */
    long maxBufferBytes(DType dtype);

    /**
     * New memory, its content undefined.
     *
     * @throws OutOfDeviceMemory if the device has not got that much
     */
    Buffer allocate(DType dtype, long length);

    /** Copies an array into a buffer of its type that is at least as long. */
    void write(HostArray from, Buffer to);

    /** Copies the first elements of a buffer into a new array. */
    HostArray read(Buffer from, Shape shape);

    /**
     * As {@link #read}, with all that the device keeps, to be written to another of its kind: the reference has doubles
     * where the type says F32.
     */
    default HostArray readExactly(Buffer from, Shape shape) {
        return read(from, shape);
    }

    /** The array itself as a buffer, where device memory is the Java heap; the caller will not change it. */
    default Optional<Buffer> wrap(HostArray array) {
        return Optional.empty();
    }

    /** Whether {@link #compile} takes this op in one kernel; otherwise the planner runs its meaning. */
    default boolean claims(Fused op, List<Spec> inputs) {
        return false;
    }

    /**
     * Whether the kernel of an op with one output takes scalar functions of that output along, as its
     * {@linkplain Kernel.OpKernel#epilogue epilogue}.
     */
    default boolean fusesInto(Op op, List<Spec> inputs) {
        return false;
    }

    /** Prepares kernels to be run in order, building all that is missing in as few builds as possible. */
    Executable compile(Schedule schedule);

    /** How often kernels (or programs of kernels) have been built or set up. */
    long kernelBuilds();

    /** How many kernels have been launched. */
    long launches();

    /** Measures how fast the device is at best, within about a second. */
    Device.Ceilings measureCeilings();

    /** Waits until everything asked for is done. */
    void finish();

    @Override
    void close();
}
