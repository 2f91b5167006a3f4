package steepest.backend.opencl;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.function.Consumer;
import steepest.DType;
import steepest.Device;
import steepest.Rng;
import steepest.Shape;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Rate;
import steepest.backend.View;

/** How fast a device is at best, by {@code ceiling.cl}. */
final class Ceilings {
    private static final int CHAINS = 10;

    /** Multiply-adds of a chain in a launch: long beside the launch itself. */
    private static final int STEPS = 4096;

    /** 64 MiB each way: more than caches hold. */
    private static final long COPY_FLOATS = 1 << 24;

    /** A chain's factor and term. */
    private static final Executable.Arguments NUMBERS =
            new Executable.Arguments(new double[] {0.999, 0.001}, new Rng.Key[0], 0);

    private static final Unit UNIT = Unit.of("ceiling", Map.of("CHAINS", Integer.toString(CHAINS)));

    private final OpenClDevice device;

    private Ceilings(OpenClDevice device) {
        this.device = device;
    }

    static Device.Ceilings measure(OpenClDevice device) {
        Ceilings c = new Ceilings(device);
        return new Device.Ceilings(c.flops(), c.bytes());
    }

    private double flops() {
        boolean chunked = device.tuning().chunked();
        // so many that every unit is full: a few for each thread, or what hides latency
        int items = (chunked ? 4 : 2048) * device.info().units();
        double operations = 2.0 * items * (chunked ? 16 : 1) * CHAINS * STEPS;
        return rate(
                operations,
                new long[] {items},
                out -> out.launch(UNIT, "multiply_adds")
                        .view(view(0, items))
                        .ints(items, STEPS)
                        .arg(new Arg.Scalar(0, DType.F32))
                        .arg(new Arg.Scalar(1, DType.F32))
                        .jobs(items, (long) CHAINS * STEPS));
    }

    private double bytes() {
        long most = Math.min(device.limits().maxBuffer(), device.limits().memory() / 8) / Float.BYTES;
        long floats = Math.min(COPY_FLOATS, most / 16 * 16);
        int width = device.tuning().chunked() ? 16 : 4;
        return rate(
                2.0 * Float.BYTES * floats,
                new long[] {floats, floats},
                out -> out.launch(UNIT, "copy")
                        .view(view(0, floats))
                        .view(view(1, floats))
                        .ints(floats / width)
                        .jobs(floats / width, width));
    }

    private static View view(int slot, long length) {
        return View.of(slot, DType.F32, Shape.of((int) length), 0);
    }

    private double rate(double amount, long[] lengths, Consumer<Launches> launch) {
        Buffer[] memory = new Buffer[lengths.length];
        try (Executable kernel = device.compile(launch)) {
            for (int i = 0; i < memory.length; i++) memory[i] = device.allocate(DType.F32, lengths[i]);
            return Rate.best(amount, 0, rounds -> {
                for (int i = 0; i < rounds; i++) {
                    kernel.run(memory, NUMBERS);
                    // back again: memory that nobody has written yet may all be one page of zeros
                    Collections.reverse(Arrays.asList(memory));
                }
                device.finish();
            });
        } finally {
            for (Buffer b : memory) if (b != null) b.free();
        }
    }
}
