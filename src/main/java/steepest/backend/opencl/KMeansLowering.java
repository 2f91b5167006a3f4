package steepest.backend.opencl;

import static steepest.backend.opencl.MatMulLowering.ceil;

import java.util.List;
import java.util.Map;
import steepest.backend.View;

/** Nearest centroids through {@code kmeans.cl}. */
final class KMeansLowering {
    private KMeansLowering() {}

    /** @param in points {@code [N, D]}, centroids {@code [K, D]}, the centroids' squared norms {@code [K]} */
    static void nearest(List<View> in, View index, View value, Launches out) {
        long n = in.get(0).shape().dim(0);
        long d = in.get(0).shape().dim(1);
        long k = in.get(1).shape().dim(0);
        if (n == 0) return;
        if (out.tuning.chunked()) panels(in, index, value, n, k, d, out);
        else tiles(in, index, value, n, k, d, out);
    }

    private static void panels(List<View> in, View index, View value, long n, long k, long d, Launches out) {
        Map<String, Integer> tunables = out.tuning.matmul();
        Unit unit = Unit.of("kmeans", Tuning.macros(tunables));
        long panelN = 16L * tunables.get("VECTORS");
        long block = (long) tunables.get("ROW_PANELS") * tunables.get("PANEL_M");
        long panels = ceil(k, panelN);
        long items = Math.min(4L * out.units, ceil(n, block));
        long packed = out.scratch(panels * panelN * d);
        long norms = out.scratch(panels * panelN);
        long rows = out.scratch(items * block * d);
        out.launch(unit, "pack_centroids")
                .view(in.get(1))
                .view(in.get(2))
                .scratch(packed)
                .scratch(norms)
                .ints(k, d)
                .jobs(panels, panelN * d);
        out.launch(unit, "nearest")
                .view(in.get(0))
                .scratch(packed)
                .scratch(norms)
                .scratch(rows)
                .view(index)
                .view(value)
                .ints(n, k, d)
                .jobs(ceil(n, block), block * (k + 1) * (d + 1) / 8, items);
    }

    private static void tiles(List<View> in, View index, View value, long n, long k, long d, Launches out) {
        Map<String, Integer> tile = out.tile(n, k, 1);
        Map<String, String> defines = Tuning.macros(tile);
        defines.put("LEFT_WIDE", wide(in.get(0), d));
        defines.put("RIGHT_WIDE", wide(in.get(1), d));
        Unit unit = Unit.of("kmeans", defines);
        long tiles = ceil(k, tile.get("TILE_N"));
        long where = out.scratch(tiles * n);
        long least = out.scratch(tiles * n);
        out.launch(unit, "nearest_tiles")
                .view(in.get(0))
                .view(in.get(1))
                .view(in.get(2))
                .scratch(where)
                .scratch(least)
                .ints(n, k, d)
                .tiles(tiles * ceil(n, tile.get("TILE_M")), MatMulLowering.local(tile));
        out.launch(unit, "nearest_of_tiles")
                .scratch(where)
                .scratch(least)
                .view(index)
                .view(value)
                .ints(n, tiles)
                .jobs(n, 4 * tiles);
    }

    /** Whether rows of d can be read as vectors of 4. */
    private static String wide(View v, long d) {
        return v.offset() % 4 == 0 && d % 4 == 0 ? "1" : "0";
    }
}
