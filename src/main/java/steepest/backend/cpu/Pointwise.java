package steepest.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import steepest.DType;
import steepest.SteepestException;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.LiteralValue;
import steepest.backend.Kernel.Load;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.ScalarArgument;
import steepest.backend.Kernel.Store;
import steepest.backend.View;
import steepest.op.ScalarOp;

/**
 * Chains of scalar functions, interpreted a tile at a time: one tight loop per instruction over a stretch that fits the
 * first cache. A register is a stretch of floats (F32, and BOOL as 0 and 1) or of ints (I32, U8): memory itself where a
 * load or store lies contiguous, else a tile of scratch. What is the same for all elements is computed once for each task.
 */
final class Pointwise implements Run.Prepared {
    /** Elements of a tile: 4 KiB of floats, several of which fit the first cache. */
    static final int TILE = 1024;

    /** Element-operations that are worth a thread's while. */
    private static final int TASK_WORK = 1 << 17;

    /** How a register gets its values. */
    private enum Home {
        /** The memory of a load or store, contiguous in each tile. */
        MEMORY,
        /** A tile filled anew for each tile of the space. */
        TILE,
        /** A tile filled once for each task. */
        FIXED
    }

    private final Lanes lanes;
    private final Geometry geometry;
    private final List<Load> loads;
    private final List<Instruction> code;
    private final List<Store> stores;
    private final DType[] types;
    private final Home[] homes;
    /** For homes in scratch the number of the tile, for memory the view's index in the geometry. */
    private final int[] places;
    /** The geometry's index of a load's view, −1 for numbers. */
    private final int[] loadViews;

    private final boolean[] uniform;
    /** Whether a reader wants a whole tile of what is the same for all. */
    private final boolean[] spread;

    private final int[][] arguments;
    private final boolean[] storedDirectly;
    private final List<View> views = new ArrayList<>();
    private int floatTiles;
    private int intTiles;
    private final int tilesPerTask;

    static Run.Prepared prepare(PointwiseKernel kernel, Lanes lanes) {
        if (kernel.space().size() == 0) return run -> {};
        return new Pointwise(kernel, lanes);
    }

    private Pointwise(PointwiseKernel kernel, Lanes lanes) {
        this.lanes = lanes;
        loads = kernel.loads();
        code = kernel.code();
        stores = kernel.stores();
        int registers = loads.size() + code.size();
        types = new DType[registers];
        for (int r = 0; r < registers; r++) {
            types[r] = kernel.type(r);
            if (types[r] == DType.F64)
                throw SteepestException.of("cpu: there are no f64 kernels (only the ref device has them)");
        }
        loadViews = new int[loads.size()];
        for (int l = 0; l < loadViews.length; l++) {
            loadViews[l] = loads.get(l) instanceof Element ? views.size() : -1;
            if (loads.get(l) instanceof Element e) views.add(e.view());
        }
        int firstStore = views.size();
        for (Store s : stores) views.add(s.view());
        geometry = new Geometry(kernel.space(), views);
        homes = new Home[registers];
        places = new int[registers];
        uniform = new boolean[registers];
        spread = new boolean[registers];
        arguments = code.stream()
                .map(i -> i.args().stream().mapToInt(a -> a).toArray())
                .toArray(int[][]::new);
        storedDirectly = new boolean[stores.size()];
        settle(firstStore);
        int work = 1;
        for (Instruction i : code) work += cost(i.f());
        tilesPerTask = Math.max(1, TASK_WORK / TILE / work);
    }

    private static int cost(ScalarOp f) {
        if (f == null) return 1;
        return switch (f) {
            case EXP, LOG, TANH, SIGMOID, ERF, EXPM1, LOG1P, SOFTPLUS -> 8;
            case SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, POW, ATAN2 -> 64;
            default -> 1;
        };
    }

    private static boolean isFloat(DType t) {
        return t == DType.F32 || t == DType.BOOL;
    }

    /** Finds each register its home; scratch tiles serve again after their last reader. */
    private void settle(int firstStore) {
        int n = loads.size();
        int[] lastUse = new int[types.length];
        for (int i = 0; i < code.size(); i++) for (int a : code.get(i).args()) lastUse[a] = n + i;
        for (Store s : stores) lastUse[s.register()] = Integer.MAX_VALUE;
        for (int r = 0; r < types.length; r++) {
            if (r < n) {
                uniform[r] = loadViews[r] < 0 || geometry.isConstant(loadViews[r]);
            } else {
                uniform[r] = code.get(r - n).args().stream().allMatch(a -> uniform[a]);
            }
        }
        for (int i = 0; i < code.size(); i++) {
            int[] a = arguments[i];
            boolean number =
                    isFloat(types[a[0]]) && a.length == 2 && code.get(i).f() != null;
            for (int arg : a) spread[arg] |= !number || uniform[a[0]] && uniform[a[1]];
        }
        for (Store s : stores) spread[s.register()] = true;
        BitSet freeFloats = new BitSet();
        BitSet freeInts = new BitSet();
        for (int r = 0; r < types.length; r++) {
            int view = r < n ? loadViews[r] : -1;
            boolean bytes = types[r] == DType.BOOL || types[r] == DType.U8;
            if (!uniform[r] && view >= 0 && !bytes && geometry.isDirect(view)) {
                homes[r] = Home.MEMORY;
                places[r] = view;
                continue;
            }
            if (uniform[r] || view >= 0 && geometry.isPeriodic(view)) {
                homes[r] = Home.FIXED;
                places[r] = isFloat(types[r]) ? floatTiles++ : intTiles++;
                continue;
            }
            if (r >= n) {
                // an argument read for the last time lends its tile to the result: loops run element by element
                for (int a : code.get(r - n).args()) {
                    if (homes[a] != Home.TILE || lastUse[a] != r) continue;
                    (isFloat(types[a]) ? freeFloats : freeInts).set(places[a]);
                }
            }
            if (!bytes && settleInStore(r, firstStore, lastUse)) continue;
            homes[r] = Home.TILE;
            BitSet free = isFloat(types[r]) ? freeFloats : freeInts;
            places[r] = free.nextSetBit(0);
            if (places[r] < 0) places[r] = isFloat(types[r]) ? floatTiles++ : intTiles++;
            else free.clear(places[r]);
        }
    }

    /** Computes a register straight into the memory it is stored to, if nobody reads the old content after. */
    private boolean settleInStore(int r, int firstStore, int[] lastUse) {
        for (int s = 0; s < stores.size(); s++) {
            View to = stores.get(s).view();
            if (stores.get(s).register() != r || !geometry.isDirect(firstStore + s)) continue;
            boolean read = false;
            for (int l = 0; l < loads.size(); l++) {
                boolean same = loadViews[l] >= 0
                        && views.get(loadViews[l]).slot() == to.slot()
                        && views.get(loadViews[l]).offset() == to.offset();
                read |= same && (r < loads.size() || lastUse[l] > r);
            }
            if (read) continue;
            homes[r] = Home.MEMORY;
            places[r] = firstStore + s;
            storedDirectly[s] = true;
            return true;
        }
        return false;
    }

    @Override
    public void run(Run run) {
        Object[] arrays = new Object[views.size()];
        for (int v = 0; v < arrays.length; v++) arrays[v] = run.array(views.get(v));
        int tiles = (int) geometry.tiles;
        int tasks = (tiles + tilesPerTask - 1) / tilesPerTask;
        run.workers.run(tasks, (task, scratch) -> {
            Scratch.Frame frame = begin(arrays, run.arguments.scalars(), scratch);
            int end = Math.min(tiles, (task + 1) * tilesPerTask);
            for (int t = task * tilesPerTask; t < end; t++) tile(t, arrays, frame);
        });
    }

    /** Places the scratch tiles and fills those that stay. */
    private Scratch.Frame begin(Object[] arrays, double[] scalars, Scratch scratch) {
        Scratch.Frame f = scratch.frame;
        f.fit(types.length);
        float[][] floats = scratch.floatTiles(floatTiles);
        int[][] ints = scratch.intTiles(intTiles);
        for (int r = 0; r < types.length; r++) {
            f.offsets[r] = 0;
            if (homes[r] != Home.MEMORY) {
                if (isFloat(types[r])) f.floats[r] = floats[places[r]];
                else f.ints[r] = ints[places[r]];
            } else {
                if (isFloat(types[r])) f.floats[r] = (float[]) arrays[places[r]];
                else f.ints[r] = (int[]) arrays[places[r]];
            }
        }
        int most = geometry.length(0);
        for (int r = 0; r < types.length; r++) {
            if (homes[r] != Home.FIXED) continue;
            if (!uniform[r]) {
                int rows = most / geometry.inner;
                for (int i = 0; i < rows; i++)
                    row(r, arrays, geometry.at(loadViews[r], 0), i * geometry.inner, geometry.inner, f);
                continue;
            }
            if (r >= loads.size()) execute(r - loads.size(), 1, f);
            else if (loadViews[r] >= 0) row(r, arrays, views.get(loadViews[r]).offset(), 0, 1, f);
            else number(r, scalars, f);
            if (!spread[r]) continue;
            if (isFloat(types[r])) Arrays.fill(f.floats[r], 1, most, f.floats[r][0]);
            else Arrays.fill(f.ints[r], 1, most, f.ints[r][0]);
        }
        return f;
    }

    private void number(int r, double[] scalars, Scratch.Frame f) {
        double v =
                loads.get(r) instanceof ScalarArgument a ? scalars[a.index()] : ((LiteralValue) loads.get(r)).value();
        switch (types[r]) {
            case BOOL -> f.floats[r][0] = v != 0 ? 1 : 0;
            case F32 -> f.floats[r][0] = (float) v;
            case U8 -> f.ints[r][0] = (int) v & 0xff;
            default -> f.ints[r][0] = (int) v;
        }
    }

    /** Loads part of a row into a register's tile. */
    private void row(int r, Object[] arrays, long from, int at, int n, Scratch.Frame f) {
        int v = loadViews[r];
        int o = f.offsets[r] + at;
        if (isFloat(types[r])) TileMoves.load(arrays[v], (int) from, (int) geometry.stride(v), f.floats[r], o, n);
        else TileMoves.load(arrays[v], (int) from, (int) geometry.stride(v), f.ints[r], o, n);
    }

    private void tile(int t, Object[] arrays, Scratch.Frame f) {
        long row = geometry.row(t);
        int column = geometry.column(t);
        int n = geometry.length(t);
        int rows = geometry.pieces > 1 ? 1 : n / geometry.inner;
        int each = n / rows;
        for (int r = 0; r < types.length; r++)
            if (homes[r] == Home.MEMORY) f.offsets[r] = (int) geometry.at(places[r], row) + column;
        for (int r = 0; r < loads.size(); r++) {
            int v = loadViews[r];
            if (homes[r] == Home.FIXED || homes[r] == Home.MEMORY && places[r] == v) continue;
            for (int i = 0; i < rows; i++)
                row(r, arrays, geometry.at(v, row + i) + column * geometry.stride(v), i * each, each, f);
        }
        for (int i = 0; i < code.size(); i++) {
            int r = loads.size() + i;
            if (homes[r] != Home.FIXED) execute(i, n, f);
        }
        for (int s = 0; s < stores.size(); s++) {
            if (storedDirectly[s]) continue;
            int v = views.size() - stores.size() + s;
            int r = stores.get(s).register();
            int stride = (int) geometry.stride(v);
            if (geometry.isDirect(v)) put(r, arrays[v], (int) geometry.at(v, row) + column, 1, 0, n, f);
            else
                for (int i = 0; i < rows; i++)
                    put(r, arrays[v], (int) geometry.at(v, row + i) + column * stride, stride, i * each, each, f);
        }
    }

    private void put(int r, Object to, int at, int stride, int from, int n, Scratch.Frame f) {
        if (isFloat(types[r])) TileMoves.store(f.floats[r], f.offsets[r] + from, to, at, stride, n);
        else TileMoves.store(f.ints[r], f.offsets[r] + from, to, at, stride, n);
    }

    private void execute(int instruction, int n, Scratch.Frame f) {
        ScalarOp op = code.get(instruction).f();
        int[] args = arguments[instruction];
        int r = loads.size() + instruction;
        int a = args[0];
        int b = args.length > 1 ? args[1] : a;
        int c = args.length > 2 ? args[2] : a;
        int[] o = f.offsets;
        if (op == null) {
            Casts.cast(f, a, types[a], r, types[r], n);
        } else if (op == ScalarOp.SELECT && !isFloat(types[r])) {
            IntLoops.select(f.floats[a], o[a], f.ints[b], o[b], f.ints[c], o[c], f.ints[r], o[r], n);
        } else if (isFloat(types[a])) {
            switch (args.length) {
                case 1 -> lanes.unary(op, f.floats[a], o[a], f.floats[r], o[r], n);
                case 2 -> binary(op, a, b, r, n, f);
                default ->
                    lanes.ternary(op, f.floats[a], o[a], f.floats[b], o[b], f.floats[c], o[c], f.floats[r], o[r], n);
            }
        } else if (types[r] == DType.BOOL) {
            IntLoops.compare(op, f.ints[a], o[a], f.ints[b], o[b], f.floats[r], o[r], n);
        } else {
            IntLoops.arithmetic(op, f.ints[a], o[a], f.ints[b], o[b], f.ints[c], o[c], f.ints[r], o[r], n);
        }
    }

    private void binary(ScalarOp op, int a, int b, int r, int n, Scratch.Frame f) {
        int[] o = f.offsets;
        if (uniform[a] == uniform[b]) lanes.binary(op, f.floats[a], o[a], f.floats[b], o[b], f.floats[r], o[r], n);
        else if (uniform[b]) lanes.withNumber(op, f.floats[a], o[a], f.floats[b][o[b]], f.floats[r], o[r], n);
        else lanes.numberWith(op, f.floats[a][o[a]], f.floats[b], o[b], f.floats[r], o[r], n);
    }
}
