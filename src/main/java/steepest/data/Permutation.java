package steepest.data;

import steepest.Philox;

/**
 * Random orders keyed by numbers alone, so that an epoch's order can be had again without replaying those before it: the
 * draws of a shuffle are words of {@link Philox} at (draw, epoch) under the seed.
 */
final class Permutation {
    /** The counter's last word: keeps these draws apart from the tensors' that have the same seed. */
    private static final int STREAM = 0x5348_5546;

    private Permutation() {}

    /** A permutation of 0 … n−1 by Fisher and Yates' shuffle, determined by (seed, epoch). */
    static int[] of(int n, long seed, int epoch) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        int[] words = new int[4];
        for (int i = n - 1; i > 0; i--) {
            // Blocks of four words are met from their last word to their first.
            if (i == n - 1 || (i & 3) == 3)
                Philox.block(i >>> 2, 0, epoch, STREAM, (int) seed, (int) (seed >>> 32), words, 0);
            // The high half of a 32×32-bit product falls in [0, i]; uneven by less than (i + 1) in 2^32.
            int j = (int) ((words[i & 3] & 0xffffffffL) * (i + 1L) >>> 32);
            int t = order[i];
            order[i] = order[j];
            order[j] = t;
        }
        return order;
    }
}
