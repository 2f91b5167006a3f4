package steepest.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import steepest.Shape;
import steepest.SteepestException;
import steepest.backend.View;

/**
 * The index space of a pointwise kernel, its neighbouring axes merged wherever all views run through both in one stride,
 * and cut into tiles: whole rows where they are short, pieces of a row where they are long.
 */
final class Geometry {
    /** Sizes after merging, the last one being the row; at least one axis. */
    final int[] dims;

    /** Rows and their length. */
    final long rows;

    final int inner;

    /** A tile has so many whole rows, or is one of the pieces of a row. */
    final int rowsPerTile;

    final int pieces;
    final long tiles;

    private final long[][] strides;
    private final long[] offsets;

    Geometry(Shape space, List<View> views) {
        List<Integer> kept = new ArrayList<>();
        for (int a = 0; a < space.rank(); a++) if (space.dim(a) != 1) kept.add(a);
        List<Integer> sizes = new ArrayList<>();
        List<long[]> steps = new ArrayList<>(); // per merged axis, the stride of each view
        for (int a : kept) {
            long[] step = new long[views.size()];
            for (int v = 0; v < step.length; v++) step[v] = views.get(v).strides()[a];
            int last = sizes.size() - 1;
            boolean merges = last >= 0;
            for (int v = 0; merges && v < step.length; v++) merges = steps.get(last)[v] == step[v] * space.dim(a);
            if (merges && (long) sizes.get(last) * space.dim(a) <= Integer.MAX_VALUE) {
                sizes.set(last, sizes.get(last) * space.dim(a));
                steps.set(last, step);
            } else {
                sizes.add(space.dim(a));
                steps.add(step);
            }
        }
        if (sizes.isEmpty()) {
            sizes.add(1);
            steps.add(new long[views.size()]);
        }
        int r = sizes.size();
        dims = sizes.stream().mapToInt(Integer::intValue).toArray();
        strides = new long[views.size()][r];
        offsets = new long[views.size()];
        for (int v = 0; v < views.size(); v++) {
            offsets[v] = views.get(v).offset();
            for (int a = 0; a < r; a++) strides[v][a] = steps.get(a)[v];
        }
        inner = dims[r - 1];
        long n = 1;
        for (int a = 0; a < r - 1; a++) n *= dims[a];
        rows = n;
        rowsPerTile = inner >= Pointwise.TILE / 2 || inner == 0 ? 1 : Pointwise.TILE / inner;
        pieces = (inner + Pointwise.TILE - 1) / Pointwise.TILE;
        tiles = pieces > 1 ? rows * pieces : (rows + rowsPerTile - 1) / rowsPerTile;
        if (tiles > Integer.MAX_VALUE) throw SteepestException.of("cpu: %s is too large a space", space);
    }

    long stride(int view) {
        return strides[view][dims.length - 1];
    }

    /** Whether a view is one element, repeated. */
    boolean isConstant(int view) {
        for (long s : strides[view]) if (s != 0) return false;
        return true;
    }

    /** Whether each tile of a view is a stretch of memory. */
    boolean isDirect(int view) {
        if (inner != 1 && stride(view) != 1) return false;
        if (rowsPerTile == 1) return true;
        long n = inner;
        for (int a = dims.length - 2; a >= 0; a--) {
            if (strides[view][a] != n) return false;
            n *= dims[a];
        }
        return true;
    }

    /** Whether a view repeats the same row, and tiles are whole rows: then all its tiles are alike. */
    boolean isPeriodic(int view) {
        if (rowsPerTile == 1) return false;
        for (int a = 0; a < dims.length - 1; a++) if (strides[view][a] != 0) return false;
        return true;
    }

    /** The first row of a tile. */
    long row(int tile) {
        return pieces > 1 ? tile / pieces : (long) tile * rowsPerTile;
    }

    /** The first column of a tile. */
    int column(int tile) {
        return pieces > 1 ? tile % pieces * Pointwise.TILE : 0;
    }

    /** Elements of a tile. */
    int length(int tile) {
        if (pieces > 1) return Math.min(Pointwise.TILE, inner - column(tile));
        return (int) Math.min(rowsPerTile, rows - row(tile)) * inner;
    }

    /** Where a row of a view begins. */
    long at(int view, long row) {
        long o = offsets[view];
        for (int a = dims.length - 2; a >= 0; a--) {
            o += row % dims[a] * strides[view][a];
            row /= dims[a];
        }
        return o;
    }
}
