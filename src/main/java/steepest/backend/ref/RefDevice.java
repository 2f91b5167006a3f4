package steepest.backend.ref;

import java.util.Arrays;
import steepest.DType;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.HostArray;
import steepest.Recorder;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.backend.BackendDevice;
import steepest.backend.Buffer;
import steepest.backend.Costs;
import steepest.backend.Executable;
import steepest.backend.Kernel;
import steepest.backend.Rate;
import steepest.backend.Schedule;

/**
 * The reference device. F32 and F64 alike are kept and computed as doubles and rounded only when read, so finite
 * differences work on it, whatever type a graph has.
 */
public final class RefDevice implements BackendDevice {
    private final DeviceInfo info;
    private long builds;
    private long launches;

    RefDevice(DeviceInfo info) {
        this.info = info;
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public boolean supports(DType dtype) {
        return true;
    }

    /** What a Java array can have: 2³¹ − 9 elements. */
    @Override
    public long maxBufferBytes(DType dtype) {
        return (Integer.MAX_VALUE - 8L) * dtype.bytes();
    }

    @Override
    public Buffer allocate(DType dtype, long length) {
        return new RefBuffer(dtype, length);
    }

    @Override
    public void write(HostArray from, Buffer to) {
        if (from.dtype() != to.dtype() && !(from.dtype() == DType.F64 && to.dtype() == DType.F32))
            throw SteepestException.of("write: the buffer is of %s, the array %s", to.dtype(), from.spec());
        writeDoubles(from.toDoubles(), to);
    }

    @Override
    public HostArray read(Buffer from, Shape shape) {
        double[] memory = memory(from);
        HostArray a = HostArray.zeros(new Spec(from.dtype(), shape));
        for (int i = 0; i < a.size(); i++) a.set(i, memory[i]);
        return a;
    }

    @Override
    public HostArray readExactly(Buffer from, Shape shape) {
        if (from.dtype() != DType.F32) return read(from, shape);
        return HostArray.of(Arrays.copyOf(memory(from), shape.intSize()), shape);
    }

    /** All elements as they are computed: unlike {@link #read}, an F32 buffer is not rounded to float. */
    public double[] readDoubles(Buffer from) {
        return memory(from).clone();
    }

    /** Sets the first elements; unlike {@link #write}, those of an F32 buffer need not be floats. */
    public void writeDoubles(double[] from, Buffer to) {
        System.arraycopy(from, 0, memory(to), 0, from.length);
    }

    private static double[] memory(Buffer buffer) {
        return ((RefBuffer) buffer).memory();
    }

    @Override
    public Executable compile(Schedule schedule) {
        builds++;
        return new Executable() {
            @Override
            public void run(Buffer[] slots, Arguments arguments) {
                RefBuffer[] memory = Arrays.copyOf(slots, slots.length, RefBuffer[].class);
                Recorder recorder = Recorder.active();
                for (Kernel kernel : schedule.kernels()) {
                    long started = System.nanoTime();
                    Kernels.run(kernel, memory, arguments);
                    if (recorder != null) recorder.kernel(info.id(), Costs.of(kernel), started, System.nanoTime());
                    launches++;
                }
            }

            @Override
            public void close() {
                // nothing but the schedule itself is kept
            }
        };
    }

    @Override
    public long kernelBuilds() {
        return builds;
    }

    @Override
    public long launches() {
        return launches;
    }

    @Override
    public Device.Ceilings measureCeilings() {
        double[] a = new double[1024];
        double flops = Rate.best(2.0 * STEPS * a.length, 0.5e9, rounds -> {
            for (int i = 0; i < rounds; i++) multiplyAdd(a, 0.999, 0.001);
        });
        double[] from = new double[1 << 22];
        double[] to = new double[from.length];
        double bytes = Rate.best(2.0 * Double.BYTES * from.length, 0, rounds -> {
            for (int i = 0; i < rounds; i++) System.arraycopy(from, 0, to, 0, from.length);
        });
        return new Device.Ceilings(flops, bytes);
    }

    /** Steps of the chain below. */
    private static final int STEPS = 8;

    /** A chain of multiply-adds for each element, in double as all is here. */
    private static void multiplyAdd(double[] a, double factor, double term) {
        for (int i = 0; i < a.length; i++) {
            double v = a[i];
            v = v * factor + term;
            v = v * factor + term;
            v = v * factor + term;
            v = v * factor + term;
            v = v * factor + term;
            v = v * factor + term;
            v = v * factor + term;
            v = v * factor + term;
            a[i] = v;
        }
    }

    @Override
    public void finish() {
        // every call is done when it returns
    }

    @Override
    public void close() {
        // the memory is the garbage collector's
    }
}
