package steepest.backend.opencl;

import java.util.Map;
import steepest.Shape;
import steepest.backend.View;

/** Matrix products through {@code matmul.cl}. */
final class MatMulLowering {
    private MatMulLowering() {}

    /** A batch of matrices of any strides. */
    private record Operand(View view) {
        int rows() {
            return view.shape().dim(-2);
        }

        int columns() {
            return view.shape().dim(-1);
        }

        long rowStride() {
            return view.strides()[view.shape().rank() - 2];
        }

        long columnStride() {
            return view.strides()[view.shape().rank() - 1];
        }

        Shape batch() {
            return view.shape().slice(0, view.shape().rank() - 2);
        }

        /** The table of the batch axes. */
        long[] batches() {
            return Launches.strided(batch().dims(), view.strides());
        }
    }

    static void lower(View a, View b, View c, Launches out) {
        if (c.shape().size() == 0) return;
        if (out.tuning.chunked()) panels(new Operand(a), new Operand(b), c, out);
        else tiles(new Operand(a), new Operand(b), c, out);
    }

    private static void tiles(Operand a, Operand b, View c, Launches out) {
        Map<String, Integer> tile = out.tile(a.rows(), b.columns());
        Map<String, String> defines = Tuning.macros(tile);
        defines.put("LEFT_ALONG_M", a.rowStride() == 1 && a.columnStride() != 1 ? "1" : "0");
        defines.put("RIGHT_ALONG_N", b.rowStride() == 1 && b.columnStride() != 1 ? "0" : "1");
        long geometry = out.geometry(a.batches());
        out.geometry(b.batches());
        out.launch(Unit.of("matmul", defines), "matmul")
                .view(a.view)
                .view(b.view)
                .view(c)
                .ints(a.rows(), b.columns(), a.columns())
                .longs(a.rowStride(), a.columnStride(), b.rowStride(), b.columnStride())
                .geometry(geometry)
                .tiles(
                        new long[] {
                            ceil(b.columns(), tile.get("TILE_N")),
                            ceil(a.rows(), tile.get("TILE_M")),
                            a.batch().size()
                        },
                        local(tile));
    }

    /** The work-group of the register tile. */
    static long[] local(Map<String, Integer> tile) {
        return new long[] {tile.get("TILE_N") / tile.get("REG_N"), tile.get("TILE_M") / tile.get("REG_M"), 1};
    }

    private static void panels(Operand a, Operand b, View c, Launches out) {
        Map<String, Integer> tunables = out.tuning.matmul();
        int panelM = tunables.get("PANEL_M");
        int panelN = 16 * tunables.get("VECTORS");
        Unit unit = Unit.of("matmul", Tuning.macros(tunables));
        long batch = a.batch().size();
        long m = a.rows();
        long n = b.columns();
        long k = a.columns();
        long leftPanels = ceil(m, panelM);
        long rightPanels = ceil(n, panelN);
        long left = out.scratch(batch * leftPanels * panelM * k);
        long right = out.scratch(batch * rightPanels * panelN * k);
        out.launch(unit, "pack_left")
                .view(a.view)
                .scratch(left)
                .ints(batch, m, k)
                .longs(a.rowStride(), a.columnStride())
                .geometry(out.geometry(a.batches()))
                .jobs(batch * leftPanels, panelM * k);
        out.launch(unit, "pack_right")
                .view(b.view)
                .scratch(right)
                .ints(batch, n, k)
                .longs(b.rowStride(), b.columnStride())
                .geometry(out.geometry(b.batches()))
                .jobs(batch * rightPanels, panelN * k);
        long blocks = ceil(leftPanels, tunables.get("ROW_PANELS"));
        out.launch(unit, "multiply")
                .scratch(left)
                .scratch(right)
                .view(c)
                .ints(batch, m, n, k)
                .jobs(batch * rightPanels * blocks, panelM * panelN * k / 8);
    }

    static long ceil(long n, long by) {
        return (n + by - 1) / by;
    }
}
