package steepest.backend.cpu;

import java.util.Arrays;
import steepest.Shape;
import steepest.backend.View;
import steepest.backend.cpu.Lanes.Tile;

/**
 * The matrix product, in the shape of Goto and van de Geijn's "Anatomy of high-performance matrix multiplication" (2008):
 * operands packed into panels that a register tile reads in order. B is read in place where its rows are contiguous and
 * there is little to gain; where its columns are (x·wᵀ of a dense layer) and A is small, they are read in place as lines. An
 * element's sum is one fused chain in the order of k whichever way it is computed, so neither blocks nor threads have a say
 * in its bits, nor have the other rows: a sample's results are the same in any batch.
 */
final class MatrixProduct implements Run.Prepared {
    /** Steps along K between two visits of a tile of C: both panels fit the caches. */
    private static final int KC = 384;

    /** Floats of a packed operand at most, beyond which columns or rows are taken in turns. */
    private static final int PACKED = 1 << 22;

    /** Multiplications worth a thread's while. */
    private static final int TASK_WORK = 200_000;

    /** Rows up to which B's columns are read in place: more of them would be worth packing B. */
    private static final int FEW_ROWS = 128;

    private final View aView;
    private final View bView;
    private final View cView;
    private final Lanes lanes;
    private final int m;
    private final int n;
    private final int k;
    private final int aRow;
    private final int aStep;
    private final int bStep;
    private final int bColumn;
    private final int[] aAt;
    private final int[] bAt;
    private final int batch;
    private final Tile tile;
    private final int lineWidth;
    private final boolean lines;
    private final boolean inPlace;
    private final int[] packedAt;
    private final int[] placeAt;

    static Run.Prepared prepare(View a, View b, View out, Lanes lanes) {
        int k = a.shape().dim(-1);
        int n = out.shape().intSize();
        if (k == 0) {
            int o = (int) out.offset();
            return run -> Arrays.fill(run.floats(out), o, o + n, 0f);
        }
        return new MatrixProduct(a, b, out, lanes);
    }

    private MatrixProduct(View a, View b, View c, Lanes lanes) {
        aView = a;
        bView = b;
        cView = c;
        this.lanes = lanes;
        int r = a.shape().rank();
        k = a.shape().dim(-1);
        n = b.shape().dim(-1);
        aRow = stride(a, r - 2);
        aStep = stride(a, r - 1);
        bStep = stride(b, r - 2);
        bColumn = stride(b, r - 1);
        int[] as = batches(a);
        int[] bs = batches(b);
        int rows = a.shape().dim(-2);
        boolean folds = true;
        for (int i = 0; i < as.length; i++) folds &= bs[i] == bs[0] && as[i] - as[0] == (long) i * rows * aRow;
        batch = folds ? 1 : as.length;
        m = folds ? rows * as.length : rows;
        aAt = as;
        bAt = bs;
        lineWidth = lanes.lineWidth(m);
        lines = lineWidth > 0 && bStep == 1 && n > 1 && m <= FEW_ROWS;
        tile = lanes.tileFor(m);
        inPlace = bColumn == 1 && (m <= 4 * tile.rows() || k <= 64);
        packedAt = new int[k];
        placeAt = new int[k];
        for (int i = 0; i < k; i++) {
            packedAt[i] = i * tile.columns();
            placeAt[i] = i * bStep;
        }
    }

    /** The stride of an axis, as if it were 1 where the axis has one element, which any stride suits. */
    private static int stride(View v, int axis) {
        return v.shape().dim(axis) == 1 ? 1 : (int) v.strides()[axis];
    }

    /** Where each matrix of a batch begins. */
    private static int[] batches(View v) {
        Shape s = v.shape().slice(0, v.shape().rank() - 2);
        int[] at = new int[s.intSize()];
        for (int i = 0; i < at.length; i++) {
            long o = v.offset();
            for (int axis = s.rank() - 1, rest = i; axis >= 0; rest /= s.dim(axis--))
                o += rest % s.dim(axis) * v.strides()[axis];
            at[i] = (int) o;
        }
        return at;
    }

    @Override
    public void run(Run run) {
        float[] a = run.floats(aView);
        float[] b = run.floats(bView);
        float[] c = run.floats(cView);
        int co = (int) cView.offset();
        boolean alone = batch >= 4 || (long) m * n * k < 2 * TASK_WORK;
        if (alone) {
            // whole products side by side
            int tasks = OpKernels.tasks(batch, Math.max(1, (long) m * n * k / 4));
            run.workers.run(tasks, (task, scratch) -> {
                int end = OpKernels.from(batch, tasks, task + 1);
                for (int i = OpKernels.from(batch, tasks, task); i < end; i++)
                    product(a, aAt[i], b, bAt[i], c, co + i * m * n, null, scratch, Scratch.PACKED);
            });
        } else {
            for (int i = 0; i < batch; i++)
                product(a, aAt[i], b, bAt[i], c, co + i * m * n, run.workers, run.workers.own(), Scratch.SHARED);
        }
    }

    private static void each(Workers workers, Scratch own, int tasks, Workers.Task task) {
        if (workers != null) workers.run(tasks, task);
        else for (int i = 0; i < tasks; i++) task.run(i, own);
    }

    private void product(
            float[] a, int ao, float[] b, int bo, float[] c, int co, Workers workers, Scratch own, int use) {
        if (lines) {
            byLines(a, ao, b, bo, c, co, workers, own, use);
            return;
        }
        int columns = tile.columns();
        int nc = Math.max(columns, PACKED / k / columns * columns);
        int mc = Math.max(tile.rows(), PACKED / k / tile.rows() * tile.rows());
        for (int j = 0; j < n; j += nc)
            for (int i = 0; i < m; i += mc)
                block(a, ao, b, bo, c, co, i, Math.min(mc, m - i), j, Math.min(nc, n - j), workers, own, use);
    }

    private static int tasks(int tiles, long workEach) {
        return (int) Math.max(1, Math.min(Math.min(tiles, 64), tiles * workEach / TASK_WORK));
    }

    /** The part of C with rows i0 … and columns j0 …: packs what it needs, then computes tile by tile. */
    private void block(
            float[] a,
            int ao,
            float[] b,
            int bo,
            float[] c,
            int co,
            int i0,
            int rows,
            int j0,
            int width,
            Workers workers,
            Scratch own,
            int use) {
        int tr = tile.rows();
        int tc = tile.columns();
        int up = (rows + tr - 1) / tr;
        int across = (width + tc - 1) / tc;
        // with B in place only the last panel is packed, if it is not whole
        int firstPacked = inPlace ? width / tc : 0;
        int bPanels = across - firstPacked;
        float[] packed = own.floats(use, (up * tr + bPanels * tc) * k);
        int bPart = up * tr * k;
        int panels = up + bPanels;
        int packers = workers == null ? 1 : tasks(panels, 8L * tr * k);
        each(workers, own, packers, (task, scratch) -> {
            int end = OpKernels.from(panels, packers, task + 1);
            for (int p = OpKernels.from(panels, packers, task); p < end; p++) {
                if (p < up) {
                    int i = i0 + p * tr;
                    int count = Math.min(tr, i0 + rows - i);
                    Packing.pack(a, ao + i * aRow, aRow, aStep, count, k, packed, p * tr * k, tr);
                } else {
                    int j = j0 + (firstPacked + p - up) * tc;
                    int count = Math.min(tc, j0 + width - j);
                    int at = bPart + (p - up) * tc * k;
                    Packing.pack(b, bo + j * bColumn, bColumn, bStep, count, k, packed, at, tc);
                }
            }
        });
        int tiles = up * across;
        int tasks = workers == null ? 1 : tasks(tiles, (long) tr * tc * k);
        each(workers, own, tasks, (task, scratch) -> {
            int from = OpKernels.from(tiles, tasks, task);
            int end = OpKernels.from(tiles, tasks, task + 1);
            for (int k0 = 0; k0 < k; k0 += KC) {
                int depth = Math.min(KC, k - k0);
                for (int t = from; t < end; t++) {
                    int ip = t % up;
                    int jp = t / up;
                    boolean place = jp < firstPacked;
                    int j = j0 + jp * tc;
                    int panel = ip * tr * k + k0 * tr;
                    int i = i0 + ip * tr;
                    float[] from0 = place ? b : packed;
                    int at = place ? bo + j : bPart + (jp - firstPacked) * tc * k;
                    int mr = Math.min(tr, i0 + rows - i);
                    int nr = Math.min(tc, j0 + width - j);
                    int[] steps = place ? placeAt : packedAt;
                    tile(packed, panel, from0, at, steps, k0, depth, c, co + i * n + j, mr, nr, scratch);
                }
            }
        });
    }

    private void tile(
            float[] a,
            int ao,
            float[] b,
            int bo,
            int[] at,
            int k0,
            int depth,
            float[] c,
            int co,
            int mr,
            int nr,
            Scratch scratch) {
        int tr = tile.rows();
        int tc = tile.columns();
        if (mr == tr && nr == tc) {
            tile.run(depth, a, ao, b, bo, at, k0, c, co, n, k0 > 0);
            return;
        }
        float[] part = scratch.floats(Scratch.RESULT, tr * tc);
        if (k0 > 0) for (int i = 0; i < mr; i++) System.arraycopy(c, co + i * n, part, i * tc, nr);
        tile.run(depth, a, ao, b, bo, at, k0, part, 0, tc, k0 > 0);
        for (int i = 0; i < mr; i++) System.arraycopy(part, i * tc, c, co + i * n, nr);
    }

    /** Cᵀ, six rows at a time: those are lines of Bᵀ, and A is packed into panels of columns. */
    private void byLines(
            float[] a, int ao, float[] b, int bo, float[] c, int co, Workers workers, Scratch own, int use) {
        int panels = (m + lineWidth - 1) / lineWidth;
        float[] packed = own.floats(use, panels * lineWidth * k);
        for (int i = 0; i < m; i += lineWidth)
            Packing.pack(a, ao + i * aRow, aRow, aStep, Math.min(lineWidth, m - i), k, packed, i * k, lineWidth);
        int tiles = (n + 5) / 6;
        int tasks = workers == null ? 1 : tasks(tiles, 6L * panels * lineWidth * k);
        each(workers, own, tasks, (task, scratch) -> {
            int[] line = scratch.six;
            float[] part = scratch.floats(Scratch.RESULT, 6 * lineWidth);
            int end = OpKernels.from(tiles, tasks, task + 1);
            for (int t = OpKernels.from(tiles, tasks, task); t < end; t++) {
                int j = t * 6;
                // past the edge the last one is computed once more
                for (int r = 0; r < 6; r++) line[r] = bo + Math.min(j + r, n - 1) * bColumn;
                for (int i = 0; i < m; i += lineWidth) {
                    lanes.lines(b, line, k, packed, i * k, lineWidth, part, 0);
                    for (int x = 0; x < Math.min(lineWidth, m - i); x++)
                        for (int r = 0; r < Math.min(6, n - j); r++)
                            c[co + (i + x) * n + j + r] = part[r * lineWidth + x];
                }
            }
        });
    }
}
