package steepest.backend;

import java.util.function.IntConsumer;

/** Measures how much a device does in a second at best. */
public final class Rate {
    private static final long LEAST_NANOS = 400_000_000L;

    /** A busy machine lets its just-in-time compiler wait. */
    private static final long MOST_NANOS = 5_000_000_000L;

    /** A timing shorter than this is mostly that of the call. */
    private static final long SHORTEST = 5_000_000L;

    private static final int TIMINGS = 5;

    private Rate() {}

    /**
     * The best rate of several short timings: what disturbs one only slows it down.
     *
     * @param amount what one round does
     * @param plausible a rate that any machine exceeds once its code is compiled: until then no timing counts, within
     *     seconds; 0 where nothing is compiled on the way
     * @param rounds does so many rounds, and returns when they are done
     */
    public static double best(double amount, double plausible, IntConsumer rounds) {
        double best = 0;
        int n = 1;
        int timings = 0;
        long begin = System.nanoTime();
        long elapsed = 0;
        while ((elapsed < LEAST_NANOS || timings < TIMINGS) && elapsed < MOST_NANOS) {
            long start = System.nanoTime();
            rounds.accept(n);
            long now = System.nanoTime();
            long took = Math.max(1, now - start);
            best = Math.max(best, n * amount / (took * 1e-9));
            if (took < SHORTEST) n *= 2;
            if (best >= plausible) timings++;
            elapsed = now - begin;
        }
        return best;
    }
}
