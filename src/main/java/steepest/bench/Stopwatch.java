package steepest.bench;

import java.util.Arrays;
import steepest.Device;

/** Times runs of a workload on a device. */
final class Stopwatch implements AutoCloseable {
    /** What is not yet collected of earlier runs may take so much of a device's memory. */
    private static final long GARBAGE = 256L << 20;

    /** What takes this part of the time before has become faster. */
    private static final double FASTER = 0.9;

    /** Warming up takes at most so many times as long as it lasts where nothing becomes faster. */
    private static final double LONGEST = 20;

    final Device device;
    final Workload.Session session;
    /** Seconds that the first run took: planning, building, running. */
    final double first;

    private final long live;
    /** Runs of a timing. */
    private int runs = 1;

    /** Makes the workload ready on the device and runs it once. */
    Stopwatch(Workload workload, Device device) {
        this.device = device;
        session = workload.on(device);
        device.finish();
        first = time();
        live = device.liveBytes();
    }

    /**
     * Runs until for so many seconds nothing has become faster (the JVM compiles what runs often, and that takes a while),
     * and chooses how many runs make a timing.
     */
    void warmUp(double seconds, double timing) {
        double took;
        double best = Double.POSITIVE_INFINITY;
        double calm = 0;
        double spent = 0;
        do {
            took = time();
            double lasted = took * runs;
            spent += lasted;
            calm = took < FASTER * best ? 0 : calm + lasted;
            best = Math.min(best, took);
            runs = (int) Math.max(1, Math.min(2.0 * runs, timing / took));
        } while (calm < seconds && spent < LONGEST * seconds);
        runs = (int) Math.max(1, Math.min(100_000, timing / took));
    }

    /** Seconds of one run, from one timing. */
    double time() {
        collect();
        long start = System.nanoTime();
        for (int i = 0; i < runs; i++) session.run();
        device.finish();
        return Math.max(1, System.nanoTime() - start) * 1e-9 / runs;
    }

    private void collect() {
        if (device.liveBytes() > live + GARBAGE) System.gc();
    }

    @Override
    public void close() {
        session.close();
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }
}
