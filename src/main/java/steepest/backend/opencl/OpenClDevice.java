package steepest.backend.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Consumer;
import steepest.DType;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.HostArray;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.backend.BackendDevice;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.OutOfDeviceMemory;
import steepest.backend.Schedule;
import steepest.backend.opencl.binding.Cl;
import steepest.backend.opencl.binding.ClException;
import steepest.op.Fused;
import steepest.op.Op;

/** An OpenCL device with a context of its own. */
final class OpenClDevice implements BackendDevice {
    /** About how many elements' work is worth a work-item where those are loops. */
    private static final long CHUNK = 4096;

    private final Cl cl;
    private final Cl.DeviceId id;
    private final DeviceInfo info;
    private final Limits limits;
    private final Tuning tuning;
    private final Cl.Context context;
    private final Commands commands;
    private final Programs programs;
    private final Staging staging;
    private ClBuffer scratch;
    /** Work-items of a tile at most, as far as is known. No bit depends on it. */
    private long largestTile;

    private long allocated;
    private long launches;
    private boolean closed;

    OpenClDevice(Cl cl, Cl.DeviceId id, DeviceInfo info, Tuning tuning, ProgramCache cache) {
        this.cl = cl;
        this.id = id;
        this.info = info;
        this.tuning = tuning;
        limits = Limits.of(cl, id);
        largestTile = limits.maxGroup();
        context = cl.createContext(id);
        commands = new Commands(cl, context, id, info.id());
        programs = new Programs(cl, context, id, tuning.chunked(), cache);
        staging = new Staging(cl, context, commands);
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public boolean supports(DType dtype) {
        return dtype != DType.F64;
    }

    @Override
    public long maxBufferBytes(DType dtype) {
        return limits.maxBuffer();
    }

    @Override
    public ClBuffer allocate(DType dtype, long length) {
        return buffer(dtype, length, dtype.bytes());
    }

    private ClBuffer buffer(DType dtype, long length, int elementBytes) {
        long bytes = Math.multiplyExact(length, (long) elementBytes);
        if (bytes > limits.maxBuffer() || allocated + bytes > limits.memory())
            throw new OutOfDeviceMemory("opencl: %s cannot allocate %d bytes: %d are in use (%s)"
                    .formatted(info.name(), bytes, allocated, limits));
        try {
            // no buffer is empty in OpenCL
            Cl.Mem mem = cl.createBuffer(context, Math.max(4, bytes));
            allocated += bytes;
            return new ClBuffer(this, dtype, bytes / dtype.bytes(), mem);
        } catch (ClException e) {
            if (!e.outOfMemory()) throw e;
            throw new OutOfDeviceMemory("opencl: %s cannot allocate %d bytes: %s, %d are in use (%s)"
                    .formatted(info.name(), bytes, e.getMessage(), allocated, limits));
        }
    }

    void release(Cl.Mem mem, long bytes) {
        allocated -= bytes;
        if (!closed) cl.release(mem);
    }

    @Override
    public void write(HostArray from, Buffer to) {
        ClBuffer b = (ClBuffer) to;
        check("write", from.dtype(), from.size(), b);
        if (from.size() > 0) staging.write(from, b.mem());
    }

    @Override
    public HostArray read(Buffer from, Shape shape) {
        ClBuffer b = (ClBuffer) from;
        HostArray array = HostArray.zeros(new Spec(b.dtype(), shape));
        check("read", b.dtype(), array.size(), b);
        if (array.size() > 0) staging.read(b.mem(), array);
        return array;
    }

    private static void check(String what, DType dtype, int size, ClBuffer buffer) {
        if (dtype != buffer.dtype() || size > buffer.length())
            throw SteepestException.of(
                    "opencl: cannot %s %d %s, the buffer holds %d %s",
                    what, size, dtype, buffer.length(), buffer.dtype());
    }

    @Override
    public boolean claims(Fused op, List<Spec> inputs) {
        return Lowering.claims(op, inputs);
    }

    @Override
    public boolean fusesInto(Op op, List<Spec> inputs) {
        return Lowering.takesEpilogue(op);
    }

    @Override
    public Executable compile(Schedule schedule) {
        return compile(out -> SegmentLowering.lower(schedule.kernels(), out));
    }

    /** Prepares launches, whoever makes them. */
    Executable compile(Consumer<Launches> lower) {
        // bits depend on it: each program begins anew, whatever was compiled before
        long mostLanes = limits.maxGroup();
        while (true) {
            try {
                return compile(lower, new Launches(tuning, info.units(), limits, largestTile, mostLanes));
            } catch (OpenClExecutable.TooLarge e) {
                // a kernel's own limit may be below the device's: smaller tiles and fewer rows from now on, as long as
                // there are some; then fewer work-items for a row
                if (e.limit < largestTile) largestTile = e.limit;
                else if (e.limit < mostLanes) mostLanes = e.limit;
                else throw e;
            }
        }
    }

    private Executable compile(Consumer<Launches> lower, Launches out) {
        lower.accept(out);
        programs.require(out.list().stream().map(Launch::unit).toList());
        long[] table = out.geometry();
        ClBuffer geometry = table.length == 0 ? null : geometry(table);
        return new OpenClExecutable(this, cl, out.list(), geometry, 4 * out.scratchNeeded());
    }

    private ClBuffer geometry(long[] table) {
        ClBuffer buffer = buffer(DType.U8, table.length, Long.BYTES);
        ByteBuffer bytes = ByteBuffer.allocate(table.length * Long.BYTES).order(ByteOrder.nativeOrder());
        bytes.asLongBuffer().put(table);
        staging.write(HostArray.of(DType.U8, bytes.array(), Shape.of(bytes.capacity())), buffer.mem());
        return buffer;
    }

    /** The scratch memory, which all executables share: they run one after the other. */
    ClBuffer scratch(long bytes) {
        if (scratch == null || scratch.bytes() < bytes) {
            if (scratch != null) scratch.free();
            scratch = null;
            scratch = buffer(DType.U8, bytes, 1);
        }
        return scratch;
    }

    Programs programs() {
        return programs;
    }

    Tuning tuning() {
        return tuning;
    }

    Limits limits() {
        return limits;
    }

    Cl.DeviceId id() {
        return id;
    }

    /** Work-items for jobs where a work-item is a loop: enough to keep all units busy, none for a crumb of work. */
    long chunks(Grid.Jobs jobs) {
        long worth = Math.max(1, jobs.n() * jobs.work() / CHUNK);
        return Math.min(Math.min(jobs.n(), jobs.most()), Math.min(worth, 4L * info.units()));
    }

    Commands commands() {
        return commands;
    }

    void launched(int kernels) {
        launches += kernels;
    }

    @Override
    public long kernelBuilds() {
        return programs.builds();
    }

    @Override
    public long launches() {
        return launches;
    }

    @Override
    public Device.Ceilings measureCeilings() {
        return Ceilings.measure(this);
    }

    @Override
    public void finish() {
        commands.finish();
    }

    @Override
    public void close() {
        if (closed) return;
        commands.finish();
        staging.close();
        if (scratch != null) scratch.free();
        closed = true;
        programs.close();
        commands.close();
        cl.release(context);
    }
}
