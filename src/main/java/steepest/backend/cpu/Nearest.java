package steepest.backend.cpu;

import steepest.backend.View;
import steepest.backend.cpu.Lanes.Tile;
import steepest.fused.NearestCentroid;
import steepest.op.ScalarOp;

/**
 * {@link NearestCentroid}: the register-tiled matrix product of points and centroids, of which a task holds no more than a
 * block at a time and keeps each row's least. The bits are {@link MatrixProduct}'s, a fused chain in the order of the
 * coordinates, so neither blocks nor threads have a say in them.
 */
final class Nearest implements Run.Prepared {
    /** Coordinates between two visits of a tile of products: a panel of centroids fits the first cache. */
    private static final int KC = 384;

    /** Tiles of points in a task's block, and of centroids that they are multiplied with before the least is looked for. */
    private static final int ROW_TILES = 8;

    private static final int COLUMN_TILES = 16;

    private final View points;
    private final View centroids;
    private final View norms;
    private final View index;
    private final View value;
    private final Lanes lanes;
    private final Tile tile;
    private final int n;
    private final int k;
    private final int depth;
    private final int[] at;

    /**
     * @param points {@code [N, D]}
     * @param centroids {@code [K, D]}
     * @param norms {@code [K]}
     * @param index I32 {@code [N]}
     * @param value {@code [N]}
     */
    Nearest(View points, View centroids, View norms, View index, View value, Lanes lanes) {
        this.points = points;
        this.centroids = centroids;
        this.norms = norms;
        this.index = index;
        this.value = value;
        this.lanes = lanes;
        n = points.shape().dim(0);
        depth = points.shape().dim(1);
        k = centroids.shape().dim(0);
        tile = lanes.tileFor(n);
        at = new int[depth];
        for (int i = 0; i < depth; i++) at[i] = i * tile.columns();
    }

    @Override
    public void run(Run run) {
        float[] x = run.floats(points);
        float[] c = run.floats(centroids);
        int tc = tile.columns();
        int panels = (k + tc - 1) / tc;
        float[] packed = run.workers.own().floats(Scratch.SHARED, Math.multiplyExact(panels * tc, Math.max(1, depth)));
        int packers = OpKernels.tasks(panels, (long) tc * depth);
        run.workers.run(packers, (task, scratch) -> {
            int end = OpKernels.from(panels, packers, task + 1);
            for (int p = OpKernels.from(panels, packers, task); p < end; p++) {
                int from = (int) centroids.offset() + p * tc * depth;
                Packing.pack(c, from, depth, 1, Math.min(tc, k - p * tc), depth, packed, p * tc * depth, tc);
            }
        });
        int height = ROW_TILES * tile.rows();
        int blocks = (n + height - 1) / height;
        int tasks = OpKernels.tasks(blocks, (long) height * k * Math.max(1, depth) / 4);
        run.workers.run(tasks, (task, scratch) -> {
            int end = OpKernels.from(blocks, tasks, task + 1);
            for (int b = OpKernels.from(blocks, tasks, task); b < end; b++)
                block(x, b * height, Math.min(height, n - b * height), packed, panels, run, scratch);
        });
    }

    /** The nearest centroids of points i0 …: their products with some panels of centroids, then the least of each row. */
    private void block(float[] x, int i0, int rows, float[] packed, int panels, Run run, Scratch scratch) {
        int tr = tile.rows();
        int tc = tile.columns();
        int tiles = (rows + tr - 1) / tr;
        int width = COLUMN_TILES * tc;
        float[] left = scratch.floats(Scratch.PACKED, tiles * tr * depth);
        for (int t = 0; t < tiles; t++) {
            int from = (int) points.offset() + (i0 + t * tr) * depth;
            Packing.pack(x, from, depth, 1, Math.min(tr, rows - t * tr), depth, left, t * tr * depth, tr);
        }
        // products, and behind them a row of what is compared and one to find the least in
        float[] product = scratch.floats(Scratch.RESULT, (tiles * tr + 2) * width);
        for (int p0 = 0; p0 < panels; p0 += COLUMN_TILES) {
            int count = Math.min(COLUMN_TILES, panels - p0);
            for (int p = p0; p < p0 + count; p++) {
                int k0 = 0;
                do { // once also where there are no coordinates
                    int part = Math.min(KC, depth - k0);
                    for (int t = 0; t < tiles; t++) {
                        int to = t * tr * width + (p - p0) * tc;
                        int from = t * tr * depth + k0 * tr;
                        tile.run(part, left, from, packed, p * tc * depth, at, k0, product, to, width, k0 > 0);
                    }
                    k0 += KC;
                } while (k0 < depth);
            }
            int j0 = p0 * tc;
            least(product, i0, rows, width, j0, Math.min(count * tc, k - j0), run);
        }
    }

    /** Compares the least of centroids j0 … with that of those before. */
    private void least(float[] product, int i0, int rows, int width, int j0, int count, Run run) {
        float[] c = run.floats(norms);
        float[] best = run.floats(value);
        int[] where = run.ints(index);
        int relative = (rows + tile.rows() - 1) / tile.rows() * tile.rows() * width;
        for (int i = 0; i < rows; i++) {
            lanes.withNumber(ScalarOp.MUL, product, i * width, 2f, product, i * width, count);
            lanes.binary(ScalarOp.SUB, c, (int) norms.offset() + j0, product, i * width, product, relative, count);
            float least = minimum(product, relative, relative + width, count);
            int b = (int) value.offset() + i0 + i;
            boolean nan = least != least;
            if (j0 > 0 && (nan ? best[b] != best[b] : !(least < best[b]))) continue;
            int j = 0;
            while (nan ? product[relative + j] == product[relative + j] : product[relative + j] != least) j++;
            best[b] = least;
            where[(int) index.offset() + i0 + i] = j0 + j;
        }
    }

    /** The minimum of n numbers, NaN where one is; {@code temporary} is where half of them have room. */
    private float minimum(float[] x, int o, int temporary, int n) {
        float m = x[o];
        int from = o;
        for (; n >= 2 * Lanes.DOTS; n /= 2) {
            if (n % 2 > 0) m = Math.min(m, x[from + n - 1]);
            lanes.binary(ScalarOp.MIN, x, from, x, from + n / 2, x, temporary, n / 2);
            from = temporary;
        }
        for (int j = 0; j < n; j++) m = Math.min(m, x[from + j]);
        return m;
    }
}
