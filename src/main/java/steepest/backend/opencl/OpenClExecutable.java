package steepest.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import steepest.DType;
import steepest.Recorder.Work;
import steepest.Rng;
import steepest.SteepestException;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Kernel;
import steepest.backend.OutOfDeviceMemory;
import steepest.backend.opencl.binding.Cl;
import steepest.backend.opencl.binding.ClException;

/**
 * A schedule as a list of kernels whose arguments are set already. A run sets what changed since the last one, buffers
 * above all, and queues the kernels.
 */
final class OpenClExecutable implements Executable {
    /** GPUs number work-groups so in the first dimension, and by 16 bits in the others: launches have the first alone. */
    private static final long MOST_GROUPS = Integer.MAX_VALUE;

    private final OpenClDevice device;
    private final Cl cl;
    private final List<Bound> kernels = new ArrayList<>();
    private final ClBuffer geometry;
    private final long scratch;
    private boolean closed;

    /** An argument to be looked up at each run. */
    private record Late(int index, Arg arg) {}

    private static final class Bound {
        final Launch launch;
        final Cl.ClKernel kernel;
        final long[] global;
        final long[] local;
        final List<Late> late = new ArrayList<>();
        final Object[] last;
        private Work work; // counted when first recorded

        Bound(Launch launch, Cl.ClKernel kernel, long[] global, long[] local) {
            this.launch = launch;
            this.kernel = kernel;
            this.global = global;
            this.local = local;
            this.last = new Object[launch.args().size()];
        }

        Work work() {
            if (work == null) work = launch.work();
            return work;
        }
    }

    /** A kernel was written for larger work-groups than the device gives it. */
    static final class TooLarge extends SteepestException {
        final long limit;

        private TooLarge(String kernel, long wanted, long limit, Limits device) {
            super("opencl: kernel %s wants work-groups of %d, this device gives it %d (%s)"
                    .formatted(kernel, wanted, limit, device));
            this.limit = limit;
        }
    }

    /**
     * @param geometry the table of sizes and strides; null where no kernel reads one
     * @param scratch bytes of scratch memory that a run needs
     * @throws TooLarge if a kernel over tiles does not fit
     */
    OpenClExecutable(OpenClDevice device, Cl cl, List<Launch> launches, ClBuffer geometry, long scratch) {
        this.device = device;
        this.cl = cl;
        this.geometry = geometry;
        this.scratch = scratch;
        try {
            if (scratch > 0) device.scratch(scratch); // that there is too little is said before anything has run
            for (Launch l : launches) bind(l);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void bind(Launch launch) {
        Cl.ClKernel kernel = device.programs().kernel(launch);
        try {
            bind(launch, kernel);
        } catch (RuntimeException e) {
            cl.release(kernel);
            throw e;
        }
    }

    private void bind(Launch launch, Cl.ClKernel kernel) {
        long limit = cl.workGroupInfo(kernel, device.id(), Cl.KERNEL_WORK_GROUP_SIZE);
        long[] local;
        long[] global;
        Grid grid = launch.grid();
        Tuning tuning = device.tuning();
        if (grid instanceof Grid.Tiles t) {
            local = t.local();
            global = local.clone();
            global[0] *= t.n();
            long items = 1;
            for (long l : local) items *= l;
            if (items > limit) throw new TooLarge(launch.kernel(), items, limit, device.limits());
        } else {
            long group = Long.highestOneBit(Math.max(1, Math.min(limit, tuning.group())));
            local = new long[] {group};
            if (grid instanceof Grid.Groups g) {
                global = new long[] {g.n() * group};
            } else {
                Grid.Jobs j = (Grid.Jobs) grid;
                global = new long[] {tuning.chunked() ? device.chunks(j) : (j.n() + group - 1) / group * group};
            }
        }
        if (global[0] / local[0] > MOST_GROUPS)
            throw SteepestException.of(
                    "opencl: kernel %s wants %d work-groups, expected at most %d (%s)",
                    launch.kernel(), global[0] / local[0], MOST_GROUPS, device.limits());
        Bound bound = new Bound(launch, kernel, global, local);
        for (int i = 0; i < launch.args().size(); i++) {
            Arg a = launch.args().get(i);
            if (a instanceof Arg.Int v) cl.setArg(kernel, i, v.value());
            else if (a instanceof Arg.Long v) cl.setArg(kernel, i, v.value());
            else if (a instanceof Arg.Float v) cl.setArg(kernel, i, v.value());
            else if (a instanceof Arg.Geometry) cl.setArg(kernel, i, geometry.mem());
            else bound.late.add(new Late(i, a));
        }
        kernels.add(bound);
    }

    @Override
    public void run(Buffer[] slots, Arguments arguments) {
        if (closed) throw SteepestException.of("opencl: an executable was run after it had been closed");
        ClBuffer scratchBuffer = scratch == 0 ? null : device.scratch(scratch);
        Commands commands = device.commands();
        boolean recorded = commands.recorded();
        List<Kernel> sources = null;
        for (Bound b : kernels) {
            for (Late late : b.late) set(b, late, slots, arguments, scratchBuffer);
            try {
                if (recorded) {
                    boolean call = b.launch.sources().isEmpty() || b.launch.sources() != sources;
                    commands.launch(b.kernel, b.global, b.local, b.work(), b.launch.kernel(), call);
                    sources = b.launch.sources();
                } else {
                    commands.launch(b.kernel, b.global, b.local);
                }
            } catch (ClException e) {
                throw failure(b, e);
            }
        }
        device.launched(kernels.size());
        commands.flush();
    }

    private void set(Bound b, Late late, Buffer[] slots, Arguments arguments, ClBuffer scratchBuffer) {
        int i = late.index;
        Arg a = late.arg;
        if (a instanceof Arg.Slot s) setBuffer(b, i, (ClBuffer) slots[s.slot()]);
        else if (a instanceof Arg.Scratch) setBuffer(b, i, scratchBuffer);
        else if (a instanceof Arg.Scalar s) {
            double v = arguments.scalars()[s.index()];
            if (s.dtype() == DType.F32) cl.setArg(b.kernel, i, (float) v);
            else cl.setArg(b.kernel, i, (int) v);
        } else if (a instanceof Arg.Run) cl.setArg(b.kernel, i, arguments.run());
        else {
            Arg.KeyWord w = (Arg.KeyWord) a;
            Rng.Key key = arguments.keys()[w.key()];
            cl.setArg(
                    b.kernel,
                    i,
                    switch (w.word()) {
                        case SEED_LOW -> (int) key.seed();
                        case SEED_HIGH -> (int) (key.seed() >>> 32);
                        case STREAM -> key.stream();
                    });
        }
    }

    private void setBuffer(Bound b, int index, ClBuffer buffer) {
        Cl.Mem mem = buffer.mem();
        if (b.last[index] == mem) return;
        cl.setArg(b.kernel, index, mem);
        b.last[index] = mem;
    }

    private SteepestException failure(Bound b, ClException e) {
        String where = "opencl: kernel %s, global size %s, work-group %s: %s (%s)"
                .formatted(
                        b.launch.kernel(),
                        java.util.Arrays.toString(b.global),
                        java.util.Arrays.toString(b.local),
                        e.getMessage(),
                        device.limits());
        return e.outOfMemory() ? new OutOfDeviceMemory(where) : new SteepestException(where, e);
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        for (Bound b : kernels) cl.release(b.kernel);
        if (geometry != null) geometry.free();
    }
}
