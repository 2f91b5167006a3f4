package steepest.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
import steepest.backend.OutOfDeviceMemory;
import steepest.backend.Schedule;
import steepest.op.Fused;

/** The CPU as a device. Every call is done when it returns. */
final class CpuDevice implements BackendDevice {
    private static final long MAX_ARRAY = Integer.MAX_VALUE - 8L;

    private final DeviceInfo info;
    private final Workers workers;
    private final Lanes lanes;
    private long builds;
    private long launches;

    CpuDevice(DeviceInfo info, Workers workers, Lanes lanes) {
        this.info = info;
        this.workers = workers;
        this.lanes = lanes;
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public boolean supports(DType dtype) {
        return dtype != DType.F64;
    }

    /** What a Java array can have: 2³¹ − 9 elements. */
    @Override
    public long maxBufferBytes(DType dtype) {
        return MAX_ARRAY * dtype.bytes();
    }

    @Override
    public Buffer allocate(DType dtype, long length) {
        if (length > MAX_ARRAY)
            throw new OutOfDeviceMemory("cpu: a buffer has at most " + MAX_ARRAY + " elements, asked for " + length);
        int n = (int) length;
        try {
            Object array = switch (dtype) {
                case F32 -> new float[n];
                case I32 -> new int[n];
                case U8, BOOL -> new byte[n];
                case F64 -> throw SteepestException.of("cpu: there are no f64 buffers (only the ref device has them)");
            };
            return new CpuBuffer(dtype, array, length);
        } catch (OutOfMemoryError e) {
            throw new OutOfDeviceMemory(
                    "cpu: the Java heap (at most " + (Runtime.getRuntime().maxMemory() >> 20)
                            + " MiB, raise it with -Xmx) has no room for " + (length * dtype.bytes() >> 20) + " MiB");
        }
    }

    @Override
    public void write(HostArray from, Buffer to) {
        CpuBuffer b = buffer(to);
        if (from.dtype() != b.dtype() || from.size() > b.length())
            throw SteepestException.of("cpu: cannot write %s into %d of %s", from.spec(), b.length(), b.dtype());
        System.arraycopy(storage(from), 0, b.array(), 0, from.size());
    }

    @Override
    public HostArray read(Buffer from, Shape shape) {
        CpuBuffer b = buffer(from);
        if (shape.size() > b.length())
            throw SteepestException.of("cpu: cannot read %s out of %d elements", shape, b.length());
        HostArray a = HostArray.zeros(new Spec(b.dtype(), shape));
        System.arraycopy(b.array(), 0, storage(a), 0, a.size());
        return a;
    }

    @Override
    public Optional<Buffer> wrap(HostArray array) {
        if (!supports(array.dtype())) return Optional.empty();
        return Optional.of(new CpuBuffer(array.dtype(), storage(array), array.size()));
    }

    private static Object storage(HostArray a) {
        return switch (a.dtype()) {
            case F32 -> a.floats();
            case I32 -> a.ints();
            case U8, BOOL -> a.bytes();
            case F64 -> throw SteepestException.of("cpu: there is no f64 here (only on the ref device)");
        };
    }

    private static CpuBuffer buffer(Buffer b) {
        if (!(b instanceof CpuBuffer c)) throw SteepestException.of("cpu: this is no buffer of the device");
        if (c.array() == null) throw SteepestException.of("cpu: the buffer has been freed");
        return c;
    }

    @Override
    public boolean claims(Fused op, List<Spec> inputs) {
        return inputs.get(0).dtype() == DType.F32 && OpKernels.claims(op);
    }

    @Override
    public Executable compile(Schedule schedule) {
        List<Run.Prepared> prepared = new ArrayList<>();
        for (Kernel k : schedule.kernels()) prepared.add(prepare(k));
        builds += prepared.size();
        Run.Prepared[] kernels = prepared.toArray(Run.Prepared[]::new);
        return new Executable() {
            private List<Recorder.Work> works; // of the kernels; counted when first recorded

            @Override
            public void run(Buffer[] slots, Arguments arguments) {
                Run run = new Run(workers, slots, arguments);
                Recorder recorder = Recorder.active();
                if (recorder == null) for (Run.Prepared k : kernels) k.run(run);
                else record(recorder, run);
                launches += kernels.length;
            }

            private void record(Recorder recorder, Run run) {
                if (works == null)
                    works = schedule.kernels().stream().map(Costs::of).toList();
                for (int i = 0; i < kernels.length; i++) {
                    long started = System.nanoTime();
                    kernels[i].run(run);
                    recorder.kernel(info.id(), works.get(i), started, System.nanoTime());
                }
            }

            @Override
            public void close() {
                // holds arrays of numbers alone
            }
        };
    }

    private Run.Prepared prepare(Kernel kernel) {
        if (kernel instanceof Kernel.PointwiseKernel p) return Pointwise.prepare(p, lanes);
        return OpKernels.prepare((Kernel.OpKernel) kernel, lanes);
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
        return CpuCeilings.measure(workers, lanes);
    }

    @Override
    public void finish() {
        // every call is done when it returns
    }

    @Override
    public void close() {
        workers.close();
    }
}
