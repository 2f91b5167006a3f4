package steepest.backend.opencl;

import java.util.Map;
import java.util.TreeMap;
import steepest.Shape;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.View;

/** Matrix products through {@code matmul.cl} and {@code skinny.cl}. */
final class MatMulLowering {
    /** Parts of a depth begin at multiples of this, so that they begin aligned. */
    private static final int PART_STEP = 16;

    /** So many results does a work-item of a tile make, more or less. */
    private static final int TILE_RESULTS = 32;

    /** As in {@code skinny.cl}. */
    private static final int STRETCH = 64;

    private MatMulLowering() {}

    /** A batch of matrices of any strides: {@code batch} axes and their strides, then rows, then columns. */
    record Operand(View view, Shape batch, int rows, int columns, long rowStride, long columnStride) {
        static Operand of(View v) {
            int r = v.shape().rank();
            return new Operand(
                    v,
                    v.shape().slice(0, r - 2),
                    v.shape().dim(-2),
                    v.shape().dim(-1),
                    v.strides()[r - 2],
                    v.strides()[r - 1]);
        }

        Operand transposed() {
            return new Operand(view, batch, columns, rows, columnStride, rowStride);
        }

        /** The table of the batch axes. */
        long[] batches() {
            return Launches.strided(batch.dims(), view.strides());
        }

        /** Whether all batches are one and the same matrix. */
        boolean repeated() {
            for (int i = 0; i < batch.rank(); i++) if (batch.dim(i) > 1 && view.strides()[i] != 0) return false;
            return true;
        }

        /** Whether neighbours in memory are neighbours down a column. */
        boolean alongRows() {
            return rowStride == 1 && (columnStride != 1 || columns == 1);
        }

        /** Whether a kernel that reads it once finds neighbours in memory; on GPUs any strides will do. */
        boolean streams(Launches out) {
            return !out.tuning.chunked() || rowStride == 1 || columnStride == 1;
        }

        /** Whether four neighbours can be read as a vector, wherever the first has an index that is a multiple of 4. */
        boolean wide() {
            long along = alongRows() ? rowStride : columnStride;
            long across = alongRows() ? columnStride : rowStride;
            int lines = alongRows() ? columns : rows;
            boolean aligned = along == 1 && view.offset() % 4 == 0 && (lines == 1 || across % 4 == 0);
            for (int i = 0; i < batch.rank(); i++) aligned &= batch.dim(i) == 1 || view.strides()[i] % 4 == 0;
            return aligned;
        }
    }

    static void lower(View a, View b, OpKernel k, Launches out) {
        int r = a.shape().rank();
        Operand left = Operand.of(a);
        Operand right = Operand.of(b);
        long rows = Epilogue.merged(a, 0, r - 1);
        if (r > 2 && right.repeated() && rows != Long.MIN_VALUE) {
            // one matrix for all batches: their rows are those of one product
            Shape batch = Shape.of();
            left = new Operand(a, batch, a.shape().slice(0, r - 1).intSize(), left.columns, rows, left.columnStride);
            right = new Operand(b, batch, right.rows, right.columns, right.rowStride, right.columnStride);
            lower(left, right, Epilogue.of(k, 0, r - 1), out);
        } else lower(left, right, Epilogue.of(k, r - 2, r - 1), out);
    }

    static void lower(Operand a, Operand b, Epilogue y, Launches out) {
        long outputs = a.batch.size() * a.rows * b.columns;
        if (outputs == 0) return;
        int few = Math.min(a.rows, b.columns);
        boolean skinny = few <= out.tuning.skinny().get("MOST");
        boolean skinnyB = skinny && few == b.columns && a.streams(out);
        boolean skinnyA = skinny && !skinnyB && few == a.rows && b.transposed().streams(out);
        boolean shared =
                (skinnyA || skinnyB) && !out.tuning.chunked(); // by work-items, of which others make many results
        long lanes = shared ? lanes(skinnyB ? a : b.transposed(), out) * TILE_RESULTS : 1;
        long parts = out.parts(outputs * lanes, a.columns);
        long part = Math.max(PART_STEP, ceil(ceil(a.columns, parts), PART_STEP) * PART_STEP); // a depth of 0 too
        parts = Math.max(1, ceil(a.columns, part));
        long scratch = parts > 1 ? out.scratch(parts * outputs) : 0;
        Epilogue each = parts > 1 ? Epilogue.scratch(scratch) : y;
        if (skinnyB) skinny(a, b, false, each, parts, part, out);
        else if (skinnyA) skinny(b.transposed(), a.transposed(), true, each, parts, part, out);
        else if (out.tuning.chunked()) panels(a, b, each, scratch, parts, part, out);
        else tiles(a, b, each, parts, part, out);
        if (parts > 1) y.afterParts(out, scratch, parts, a.batch.size(), a.rows, b.columns);
    }

    private static void tiles(Operand a, Operand b, Epilogue y, long parts, long part, Launches out) {
        long results = parts * a.batch.size();
        Map<String, Integer> tile = out.tile(a.rows, b.columns, results);
        Map<String, String> defines = Tuning.macros(tile);
        defines.put("LEFT_ALONG_M", flag(a.alongRows()));
        defines.put("LEFT_WIDE", flag(a.wide()));
        defines.put("RIGHT_ALONG_N", flag(!b.alongRows()));
        defines.put("RIGHT_WIDE", flag(b.wide()));
        long geometry = out.geometry(a.batches());
        out.geometry(b.batches());
        Launches.Builder launch = out.launch(Unit.of("matmul", y.with(defines)), "matmul")
                .view(a.view)
                .view(b.view)
                .ints(a.batch.size(), a.rows, b.columns, a.columns, part)
                .longs(a.rowStride, a.columnStride, b.rowStride, b.columnStride)
                .geometry(geometry);
        y.tell(out, launch).tiles(results * tiles(tile, a.rows, b.columns), local(tile));
    }

    /** {@code x} times few columns; {@code turned} where the results are wanted transposed. */
    private static void skinny(Operand x, Operand v, boolean turned, Epilogue y, long parts, long part, Launches out) {
        Map<String, Integer> tunables = out.tuning.skinny();
        int l = x.rows;
        int s = v.columns;
        long batch = x.batch.size();
        boolean alongDepth = !x.alongRows();
        Map<String, String> defines = new TreeMap<>();
        defines.put("SHORT", Integer.toString(s > 2 ? tunables.get("MOST") : s));
        defines.put("TURNED", flag(turned));
        defines.put("X_ALONG_K", flag(alongDepth));
        if (out.tuning.chunked()) {
            Unit unit = Unit.of("skinny", y.with(defines));
            long shared = v.repeated() ? 1 : batch;
            long packed = out.scratch(shared * s * v.rows);
            out.launch(unit, "pack_short")
                    .view(v.view)
                    .scratch(packed)
                    .ints(shared, s, v.rows)
                    .longs(v.rowStride, v.columnStride)
                    .geometry(out.geometry(v.batches()))
                    .jobs(shared * s, v.rows);
            long geometry = out.geometry(x.batches());
            Launches.Builder launch = out.launch(unit, "skinny")
                    .view(x.view)
                    .scratch(packed)
                    .ints(batch, shared, l, s, x.columns, parts, part)
                    .longs(x.rowStride, x.columnStride)
                    .geometry(geometry);
            y.tell(out, launch).jobs(parts * batch * ceil(l, STRETCH), STRETCH * Math.max(1, part / 4));
            return;
        }
        int lanes = lanes(x, out);
        int rows = Math.max(1, (int) Math.min(tunables.get("ITEMS"), out.largestGroup()) / lanes);
        defines.put("LANES", Integer.toString(lanes));
        defines.put("ROWS", Integer.toString(rows));
        long geometry = out.geometry(x.batches());
        out.geometry(v.batches());
        Launches.Builder launch = out.launch(Unit.of("skinny", y.with(defines)), "skinny")
                .view(x.view)
                .view(v.view)
                .ints(batch, l, s, x.columns, part)
                .longs(x.rowStride, x.columnStride, v.rowStride, v.columnStride)
                .geometry(geometry);
        y.tell(out, launch).tiles(parts * batch * ceil(l, rows), new long[] {(long) lanes * rows});
    }

    /**
     * How many work-items of a GPU share a row of {@code x}: along its depth, about eight elements for each. A device whose
     * work-groups are smaller has its own order of the sum, or it could not run the kernel at all.
     */
    private static int lanes(Operand x, Launches out) {
        int most = out.tuning.skinny().get(x.alongRows() ? "LANES_ALONG_L" : "LANES_ALONG_K");
        int wanted = x.alongRows() ? most : Math.min(most, Integer.highestOneBit(Math.max(8, x.columns / 8)));
        return (int) Math.min(wanted, Long.highestOneBit(out.mostLanes()));
    }

    static String flag(boolean on) {
        return on ? "1" : "0";
    }

    /** The work-group of the register tile. */
    static long[] local(Map<String, Integer> tile) {
        return new long[] {tile.get("TILE_N") / tile.get("REG_N"), tile.get("TILE_M") / tile.get("REG_M")};
    }

    /** @param scratch where the parts lie, if there are more than one */
    private static void panels(Operand a, Operand b, Epilogue y, long scratch, long parts, long part, Launches out) {
        Map<String, Integer> tunables = out.tuning.matmul();
        int panelM = tunables.get("PANEL_M");
        int panelN = 16 * tunables.get("VECTORS");
        Unit unit = Unit.of("matmul", y.with(Tuning.macros(tunables)));
        long batch = a.batch.size();
        long m = a.rows;
        long n = b.columns;
        long k = a.columns;
        long leftPanels = ceil(m, panelM);
        long rightPanels = ceil(n, panelN);
        long leftBatch = a.repeated() ? 1 : batch;
        long rightBatch = b.repeated() ? 1 : batch;
        long left = out.scratch(leftBatch * leftPanels * panelM * k);
        long right = out.scratch(rightBatch * rightPanels * panelN * k);
        out.launch(unit, "pack_left")
                .view(a.view)
                .scratch(left)
                .ints(leftBatch, m, k)
                .longs(a.rowStride, a.columnStride)
                .geometry(out.geometry(a.batches()))
                .jobs(leftBatch * leftPanels, panelM * k);
        out.launch(unit, "pack_right")
                .view(b.view)
                .scratch(right)
                .ints(rightBatch, n, k)
                .longs(b.rowStride, b.columnStride)
                .geometry(out.geometry(b.batches()))
                .jobs(rightBatch * rightPanels, panelN * k);
        long blocks = ceil(leftPanels, tunables.get("ROW_PANELS"));
        Launches.Builder launch = out.launch(unit, "multiply").scratch(left).scratch(right);
        if (parts == 1 && y.plain() != null) launch.view(y.plain());
        else if (parts == 1) launch.scratch(part > tunables.get("DEPTH_BLOCK") ? out.scratch(batch * m * n) : 0);
        else launch.scratch(scratch);
        launch.ints(batch, leftBatch, rightBatch, m, n, k, parts, part);
        y.tell(out, launch).jobs(parts * batch * rightPanels * blocks, panelM * panelN * Math.max(1, part / 8));
    }

    /** Tiles of a result [m, n]. */
    static long tiles(Map<String, Integer> tile, long m, long n) {
        return ceil(m, tile.get("TILE_M")) * ceil(n, tile.get("TILE_N"));
    }

    static long ceil(long n, long by) {
        return (n + by - 1) / by;
    }
}
