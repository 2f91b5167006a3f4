package steepest.backend.cpu;

/** Working memory of one thread, kept from kernel to kernel so that nothing is allocated once all has run once. */
final class Scratch {
    /** Packed operands, patches. */
    static final int PACKED = 0;
    /** Tiles of results before they go to their place. */
    static final int RESULT = 1;
    /** The caller's alone: what all tasks of a kernel read, or write each in its part. */
    static final int SHARED = 2;

    private final float[][] floats = new float[3][0];
    private float[][] floatTiles = new float[0][];
    private int[][] intTiles = new int[0][];

    final Frame frame = new Frame();

    /** Offsets for {@link Lanes#dots}. */
    final int[] six = new int[6];

    final int[] four = new int[4];

    /** An array of at least {@code n} floats, content undefined; the same at each call for one use. */
    float[] floats(int use, int n) {
        if (floats[use].length < n) floats[use] = new float[grown(n)];
        return floats[use];
    }

    /** {@code n} tiles of {@link Pointwise#TILE} floats. */
    float[][] floatTiles(int n) {
        if (floatTiles.length < n) floatTiles = new float[n][Pointwise.TILE];
        return floatTiles;
    }

    /** {@code n} tiles of {@link Pointwise#TILE} ints. */
    int[][] intTiles(int n) {
        if (intTiles.length < n) intTiles = new int[n][Pointwise.TILE];
        return intTiles;
    }

    /** A size with some room, so that slowly growing needs do not allocate each time. */
    static int grown(int n) {
        return (int) Math.min(Integer.MAX_VALUE - 8L, n + (n >> 2) + 64L);
    }

    /** Where the registers of a pointwise kernel are at the moment: arrays and offsets into them. */
    static final class Frame {
        float[][] floats = new float[0][];
        int[][] ints = new int[0][];
        int[] offsets = new int[0];

        void fit(int registers) {
            if (offsets.length >= registers) return;
            floats = new float[registers][];
            ints = new int[registers][];
            offsets = new int[registers];
        }
    }
}
