package steepest;

import java.util.List;

/**
 * Where tensors are computed and lie. Devices are opened once and shared: the same name gives the same open device.
 * {@code ref} computes everything in double precision, slowly and obviously right; {@code cpu} is fast Java; {@code
 * opencl:P.D} is device D of OpenCL platform P.
 */
public interface Device extends AutoCloseable {
    DeviceInfo info();

    /** Bytes in use by variables, results and programs, pooled memory not counted. */
    long liveBytes();

    /** The most that {@link #liveBytes} has been. */
    long peakBytes();

    /** Bytes that nothing uses and that are kept for the next that asks: given back where memory runs short. */
    long pooledBytes();

    /** The most bytes that one tensor of the type can have, however much memory there is. */
    long maxTensorBytes(DType dtype);

    /** How often something was planned or compiled here: does not grow once a training loop has warmed up. */
    Counters counters();

    /**
     * How fast the device is at best, measured when first asked for (which takes a second) and remembered: what speeds are
     * compared with.
     */
    Ceilings ceilings();

    /** Waits until all that was asked of the device is done. */
    void finish();

    /** Frees what the device holds. Values, variables and programs on it cannot be used any more. */
    @Override
    void close();

    /**
     * @param plans graphs planned
     * @param kernelBuilds kernels (or programs of kernels) compiled or set up
     * @param launches kernels run
     */
    record Counters(long plans, long kernelBuilds, long launches) {}

    /**
     * The ceilings of the roofline model (Williams, Waterman and Patterson, "Roofline: an insightful visual performance
     * model for multicore architectures", 2009).
     *
     * @param flops floating-point operations a second of independent multiply-adds, two operations each, without memory
     * @param bytes bytes a second of a long copy, read and written both counted
     */
    record Ceilings(double flops, double bytes) {
        /** The least time in seconds for work of so many operations and bytes of memory traffic. */
        public double seconds(double operations, double traffic) {
            return Math.max(operations / flops, traffic / bytes);
        }
    }

    /**
     * The device of that name:
     *
     * <ul>
     *   <li>{@code auto}: {@link #best};
     *   <li>{@code cpu};
     *   <li>{@code ref}, and {@code ref:0}, {@code ref:1} … {@code ref:99}, references with memory of their own;
     *   <li>{@code opencl}: the first OpenCL device, GPUs before others; {@code opencl:P.D}: device D of platform P;
     *   <li>{@code opencl:P.D/0} and {@code opencl:P.D/1}: its halves, as two devices; {@code opencl:P.D/K:N}: part K, from
     *       0, of N equal ones; {@code opencl:P.D/K:3+1}: of parts with 3 and 1 compute units. See {@link DeviceInfo#parts}.
     * </ul>
     *
     * @throws SteepestException if there is none, listing those that there are; if a device cannot be divided so
     */
    static Device of(String name) {
        return Engine.get().open(name);
    }

    /** A GPU through OpenCL if there is one, else {@link #cpu}. */
    static Device best() {
        return of("auto");
    }

    static Device cpu() {
        return of("cpu");
    }

    static Device ref() {
        return of("ref");
    }

    /** All devices of this machine; parts of them, and references but the first, are not listed. */
    static List<DeviceInfo> list() {
        return Engine.get().devices();
    }

    /** Where tensors are evaluated that depend on nothing that lies on a device yet: {@link #best} unless set. */
    static Device getDefault() {
        return Engine.get().defaultDevice();
    }

    static void setDefault(Device device) {
        Engine.get().setDefaultDevice(device);
    }
}
