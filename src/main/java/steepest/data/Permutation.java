package steepest.data;

/**
 * Random orders keyed by numbers alone, so that an epoch's order can be had again without replaying those before it.
 *
 * <p>Counter-based: the i-th draw is a hash of (key, i), the finalizer of SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast
 * splittable pseudorandom number generators", OOPSLA 2014).
 */
final class Permutation {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private Permutation() {}

    /** A permutation of 0 … n−1 by Fisher and Yates' shuffle, determined by (seed, epoch). */
    static int[] of(int n, long seed, int epoch) {
        // Hashed in turn, so that (seed, epoch + 1) and (seed + 1, epoch) have nothing in common.
        long key = mix(mix(seed + GOLDEN_GAMMA) + epoch);
        int[] order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        for (int i = n - 1; i > 0; i--) {
            long bits = mix(key + i * GOLDEN_GAMMA);
            // The high half of a 32×32-bit product falls in [0, i]; uneven by less than 1 part in 2^32/(i+1).
            int j = (int) ((bits >>> 32) * (i + 1L) >>> 32);
            int t = order[i];
            order[i] = order[j];
            order[j] = t;
        }
        return order;
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
