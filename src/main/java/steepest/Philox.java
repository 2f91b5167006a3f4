package steepest;

/**
 * Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011):
 * ten rounds turn a counter of four words and a key of two into four words of random bits. No state, so every element
 * of a tensor has its bits by itself, and every backend computes the same ones.
 *
 * <p>Element i of a random tensor is word {@code i mod 4} of the block with counter {@code (lo(i/4), hi(i/4), run,
 * stream)} and key {@code (lo(seed), hi(seed))}. Where rows are numbered, element i of row number r is word {@code i mod
 * 4} of the block with counter {@code (i/4, r, run, stream)}. A uniform float is the word's upper 24 bits times 2⁻²⁴.
 */
public final class Philox {
    private static final int M0 = 0xD2511F53;
    private static final int M1 = 0xCD9E8D57;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;

    private Philox() {}

    /** One block of four words into {@code out[at …]}. */
    public static void block(int c0, int c1, int c2, int c3, int k0, int k1, int[] out, int at) {
        for (int round = 0; round < 10; round++) {
            long p0 = (M0 & 0xffffffffL) * (c0 & 0xffffffffL);
            long p1 = (M1 & 0xffffffffL) * (c2 & 0xffffffffL);
            c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            c1 = (int) p1;
            c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c3 = (int) p0;
            k0 += W0;
            k1 += W1;
        }
        out[at] = c0;
        out[at + 1] = c1;
        out[at + 2] = c2;
        out[at + 3] = c3;
    }

    /** Elements {@code from} (a multiple of 4) to {@code to} of a random tensor's bits, into {@code out[at …]}. */
    public static void bits(Rng.Key key, int run, long from, long to, int[] out, int at) {
        int[] word = new int[4];
        for (long i = from; i < to; i += 4) {
            long b = i >>> 2;
            block((int) b, (int) (b >>> 32), run, key.stream(), (int) key.seed(), (int) (key.seed() >>> 32), word, 0);
            int n = (int) Math.min(4, to - i);
            System.arraycopy(word, 0, out, at + (int) (i - from), n);
        }
    }

    /** Elements {@code from} (a multiple of 4) to {@code to} of row number {@code row}, into {@code out[at …]}. */
    public static void rowBits(Rng.Key key, int run, int row, int from, int to, int[] out, int at) {
        int[] word = new int[4];
        for (int i = from; i < to; i += 4) {
            block(i >>> 2, row, run, key.stream(), (int) key.seed(), (int) (key.seed() >>> 32), word, 0);
            System.arraycopy(word, 0, out, at + i - from, Math.min(4, to - i));
        }
    }

    /** The uniform float of 32 random bits, in [0, 1). */
    public static float uniform(int bits) {
        return (bits >>> 8) * 0x1p-24f;
    }
}
