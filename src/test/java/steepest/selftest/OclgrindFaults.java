package steepest.selftest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import steepest.backend.opencl.binding.Bindings;
import steepest.backend.opencl.binding.Cl;

/**
 * Shows why Oclgrind is looked at through {@link OclgrindView}. {@code direct}: it calls memory uninitialised that a
 * kernel has just written. {@code view}: the same calls, seen through the view, are found to be right. {@code unwritten}: and
 * what was truly never written is found out. {@code ci/kernel-safety} reads Oclgrind's log of each.
 */
final class OclgrindFaults {
    private static final int INTS = 16;
    private static final long BYTES = 4L * INTS;

    private static final String SOURCE = """
            kernel void fill(global int *x) { x[get_global_id(0)] = 1; }
            kernel void halves(global int *x) { const int16 v = vload16(0, x); const int8 h = v.hi; x[0] = h.s3; }
            kernel void look(global int *x) { if (x[get_global_id(0)] > 0) x[get_global_id(0)] = 2; }
            """;

    private final Cl cl;
    private final Cl.Context context;
    private final Cl.Queue queue;
    private final Cl.ClKernel fill;
    private final Cl.ClKernel look;
    private final Cl.ClKernel halves;

    private OclgrindFaults(Cl cl) {
        this.cl = cl;
        Cl.DeviceId device = cl.devices(cl.platforms().get(0)).get(0);
        context = cl.createContext(device);
        queue = cl.createQueue(context, device, false);
        Cl.ClProgram program = cl.createProgram(context, SOURCE);
        cl.build(program, device, "");
        fill = cl.createKernel(program, "fill");
        look = cl.createKernel(program, "look");
        halves = cl.createKernel(program, "halves");
    }

    /** @param args {@code direct}, {@code view} or {@code unwritten} */
    public static void main(String[] args) {
        if (!args[0].equals("direct")) Bindings.through(cl -> new OclgrindView(cl).cl());
        var faults = new OclgrindFaults(Bindings.load().cl());
        if (args[0].equals("unwritten")) {
            faults.run(faults.look, faults.cl.createBuffer(faults.context, BYTES));
        } else {
            faults.afterHalfAWrite();
            faults.inANumberUsedBefore();
            faults.inAnUpperHalf();
        }
        faults.cl.finish(faults.queue);
    }

    /** The host writes the first half, a kernel all, a kernel reads all. */
    private void afterHalfAWrite() {
        Cl.Mem x = cl.createBuffer(context, BYTES);
        ByteBuffer half = ByteBuffer.allocateDirect((int) BYTES / 2).order(ByteOrder.nativeOrder());
        cl.await(cl.write(queue, x, 0, half));
        run(fill, x);
        run(look, x);
    }

    /** A small buffer is released; a kernel writes all of the next, larger one, and a kernel reads it. */
    private void inANumberUsedBefore() {
        Cl.Mem small = cl.createBuffer(context, BYTES / 2);
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) BYTES / 2).order(ByteOrder.nativeOrder());
        cl.await(cl.write(queue, small, 0, zeros));
        cl.finish(queue);
        cl.release(small);
        Cl.Mem x = cl.createBuffer(context, BYTES);
        run(fill, x);
        run(look, x);
    }

    /** Lane 3 of the upper half of sixteen lanes. */
    private void inAnUpperHalf() {
        Cl.Mem x = cl.createBuffer(context, BYTES);
        run(fill, x);
        cl.finish(queue);
        cl.setArg(halves, 0, x);
        cl.enqueue(queue, halves, new long[] {1}, new long[] {1});
    }

    private void run(Cl.ClKernel kernel, Cl.Mem x) {
        cl.setArg(kernel, 0, x);
        cl.enqueue(queue, kernel, new long[] {INTS}, new long[] {1});
    }
}
