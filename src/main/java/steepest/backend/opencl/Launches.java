package steepest.backend.opencl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import steepest.DType;
import steepest.SteepestException;
import steepest.backend.Kernel;
import steepest.backend.View;

/** The launches of a schedule as they are put together, with the tables and the scratch memory they need. */
final class Launches {
    private static final int SCRATCH_ALIGN = 64;

    /** Work-groups with a tile that a compute unit should have, so that one computes while another waits for memory. */
    private static final long GROUPS_AT_ONCE = 2;

    final Tuning tuning;
    /** Compute units of the device. */
    final int units;

    private final Limits limits;
    private final long largestTile;
    private final long mostLanes;
    private final List<Launch> launches = new ArrayList<>();
    private long[] geometry = new long[64];
    private int geometryLength;
    private long scratch;
    private long scratchNeeded;
    private List<Kernel> sources = List.of();

    /**
     * @param largestTile work-items that a tile's work-group may have
     * @param mostLanes of them, those that may share a sum
     */
    Launches(Tuning tuning, int units, Limits limits, long largestTile, long mostLanes) {
        this.tuning = tuning;
        this.units = units;
        this.limits = limits;
        this.largestTile = largestTile;
        this.mostLanes = mostLanes;
    }

    List<Launch> list() {
        return launches;
    }

    long[] geometry() {
        return Arrays.copyOf(geometry, geometryLength);
    }

    /** Elements of 4 bytes. */
    long scratchNeeded() {
        return scratchNeeded;
    }

    /** The next kernels of the schedule begin: their scratch memory may lie where the last ones' was. */
    void next(List<Kernel> kernels) {
        sources = kernels;
        scratch = 0;
    }

    /** Room for so many elements of 4 bytes until the op ends; its offset. */
    long scratch(long elements) {
        long at = scratch;
        scratch += (elements + SCRATCH_ALIGN - 1) / SCRATCH_ALIGN * SCRATCH_ALIGN;
        scratchNeeded = Math.max(scratchNeeded, scratch);
        return at;
    }

    /** Adds numbers to the table; their offset. */
    long geometry(long... values) {
        if (geometryLength + values.length > geometry.length)
            geometry = Arrays.copyOf(geometry, 2 * (geometryLength + values.length));
        System.arraycopy(values, 0, geometry, geometryLength, values.length);
        geometryLength += values.length;
        return geometryLength - values.length;
    }

    /** A strided shape as {@code strided()} in {@code common.cl} reads it: rank, sizes, strides. */
    static long[] strided(int[] dims, long[] strides) {
        long[] g = new long[1 + 2 * dims.length];
        g[0] = dims.length;
        for (int i = 0; i < dims.length; i++) {
            g[1 + i] = dims[i];
            g[1 + dims.length + i] = strides[i];
        }
        return g;
    }

    /**
     * The register tile that computes {@code batch} matrices [m, n] soonest, of those that fit the device: groups, or those
     * that the device takes at a time, × what a group computes × what a result costs, which grows with the traffic, 1/TILE_M +
     * 1/TILE_N. So large matrices get large tiles, small ones tiles that leave no unit idle. No bit depends on the choice.
     */
    Map<String, Integer> tile(long m, long n, long batch) {
        Map<String, Integer> best = null;
        double least = Double.POSITIVE_INFINITY;
        for (Map<String, Integer> t : tuning.tiles()) {
            int tileM = t.get("TILE_M");
            int tileN = t.get("TILE_N");
            if (!Tuning.fits(t, largestTile, limits.localBytes())) continue;
            double groups = Math.ceil((double) m / tileM) * Math.ceil((double) n / tileN) * batch;
            double cost = Math.max(groups, GROUPS_AT_ONCE * units) * tileM * tileN * (1 + 16.0 / tileM + 16.0 / tileN);
            if (cost < least) {
                least = cost;
                best = t;
            }
        }
        if (best == null)
            throw SteepestException.of(
                    "opencl: no tile of the tuning table fits work-groups of %d and %d bytes of local memory",
                    largestTile, limits.localBytes());
        return best;
    }

    /** The most work-items of a work-group that a kernel may ask for. */
    long largestGroup() {
        return largestTile;
    }

    /** The most work-items that may share a sum, whose order depends on how many do: no matter what was compiled before. */
    long mostLanes() {
        return mostLanes;
    }

    /** Into how many parts the depth of a product is cut: by its shape alone, since the order of a sum depends on it. */
    long parts(long outputs, long depth) {
        return Math.max(
                1, Math.min(depth / tuning.split().get("DEPTH"), tuning.split().get("OUTPUTS") / outputs));
    }

    static Map<String, String> types(DType dtype) {
        Map<String, String> m = new TreeMap<>();
        m.put("T", type(dtype));
        return m;
    }

    /** The OpenCL type of an element. */
    static String type(DType dtype) {
        return switch (dtype) {
            case F32 -> "float";
            case I32 -> "int";
            case U8, BOOL -> "uchar";
            case F64 ->
                throw SteepestException.of("opencl: has no kernels for f64 (cast to f32, or use the ref device)");
        };
    }

    /** Sizes and indices are 32 bits wide in kernels. */
    static int uint(long n) {
        if (n < 0 || n > 0xffffffffL)
            throw SteepestException.of("opencl: a tensor of %d elements is too large for a kernel (2^32)", n);
        return (int) n;
    }

    Builder launch(Unit unit, String kernel) {
        return new Builder(unit.only(kernel), kernel);
    }

    /** Takes the arguments of a launch in order, and at last its grid. */
    final class Builder {
        private final Unit unit;
        private final String name;
        private final List<Arg> args = new ArrayList<>();

        private Builder(Unit unit, String name) {
            this.unit = unit;
            this.name = name;
        }

        /** A tensor: buffer and offset. */
        Builder view(View v) {
            args.add(new Arg.Slot(v.slot()));
            args.add(new Arg.Long(v.offset()));
            return this;
        }

        Builder views(List<View> views) {
            views.forEach(this::view);
            return this;
        }

        /** Scratch memory at an offset. */
        Builder scratch(long offset) {
            args.add(new Arg.Scratch());
            args.add(new Arg.Long(offset));
            return this;
        }

        /** The table from an offset. */
        Builder geometry(long offset) {
            args.add(new Arg.Geometry());
            args.add(new Arg.Long(offset));
            return this;
        }

        Builder ints(long... values) {
            for (long v : values) args.add(new Arg.Int(uint(v)));
            return this;
        }

        /** Numbers that may be negative. */
        Builder signed(int... values) {
            for (int v : values) args.add(new Arg.Int(v));
            return this;
        }

        Builder longs(long... values) {
            for (long v : values) args.add(new Arg.Long(v));
            return this;
        }

        Builder number(double value) {
            return arg(new Arg.Float((float) value));
        }

        Builder arg(Arg arg) {
            args.add(arg);
            return this;
        }

        /** Jobs of a few elements each. */
        void jobs(long n, long work) {
            jobs(n, work, Long.MAX_VALUE);
        }

        void jobs(long n, long work, long most) {
            uint(n);
            if (n > 0) add(new Grid.Jobs(n, Math.max(1, work), most));
        }

        void groups(long n) {
            if (n > 0) add(new Grid.Groups(n));
        }

        void tiles(long n, long[] local) {
            if (n > 0) add(new Grid.Tiles(n, local));
        }

        private void add(Grid grid) {
            launches.add(new Launch(unit, name, List.copyOf(args), grid, sources));
        }
    }
}
