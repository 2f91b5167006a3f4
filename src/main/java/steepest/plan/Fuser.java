package steepest.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import steepest.DType;
import steepest.Shape;
import steepest.backend.BackendDevice;
import steepest.plan.Graph.Port;
import steepest.plan.Graph.Vertex;

/**
 * Puts vertices together into units, each of which becomes one kernel, and orders the units. Pointwise vertices over the
 * same index space join when one reads the other's elements in place and nothing outside lies between them: joining
 * must not make a circle. They also join an op that takes an epilogue (a matrix product, say), one such op to a unit.
 */
final class Fuser {
    /** Vertices that run as one kernel; more than one only if all but {@link #core} are pointwise over {@link #space}. */
    static final class Unit {
        final List<Vertex> vertices = new ArrayList<>();
        final Shape space;
        /** The vertex that is not pointwise; null if all are. */
        Vertex core;

        private boolean updates; // writes a variable
        private final BitSet needs = new BitSet(); // units it reads from directly
        private final BitSet rigid = new BitSet(); // of these, read not in place, so they cannot join
        private final BitSet behind = new BitSet(); // all units it depends on

        Unit(Vertex v) {
            vertices.add(v);
            space = v.specs.get(0).shape();
            core = v.isPointwise() ? null : v;
        }
    }

    /** Beyond this a kernel would have too many arguments or registers. */
    private static final int MAX_VERTICES = 64;

    private static final int MAX_TENSORS = 24;

    /** What an op takes along lives beside its own registers. */
    private static final int MAX_EPILOGUE_TENSORS = 8;

    private final BackendDevice device;
    private final Set<Vertex> late;
    private boolean epilogues;

    private final List<Unit> units = new ArrayList<>(); // by number; null once joined into another
    private final Map<Vertex, Integer> unitOf = new HashMap<>();

    private Fuser(BackendDevice device, Set<Vertex> late) {
        this.device = device;
        this.late = late;
    }

    /** The units in an order in which they can run; those that contain one of {@code late} as late as they can. */
    static List<Unit> units(List<Vertex> needed, Set<Vertex> late, BackendDevice device) {
        Fuser f = new Fuser(device, late);
        for (Vertex v : needed) if (!v.isScalar() && !v.isBound()) f.add(v);
        // a mask is best made where it is used; what no user took may still go to its maker
        for (Vertex v : needed) if (isMask(v)) f.joinInputs(v);
        // whole loops then go along with the op whose result they read
        f.epilogues = true;
        for (Vertex v : needed) if (v.isPointwise()) f.joinInputs(v);
        return f.ordered();
    }

    private void add(Vertex v) {
        int u = units.size();
        Unit unit = new Unit(v);
        unit.updates = late.contains(v);
        units.add(unit);
        unitOf.put(v, u);
        for (Port p : v.in) {
            Strided s = p.strided();
            Integer from = unitOf.get(s.base().vertex());
            if (from == null) continue; // memory that exists, or a number
            unit.needs.set(from);
            unit.behind.or(units.get(from).behind);
            unit.behind.set(from);
            if (!isInPlace(v, s)) unit.rigid.set(from);
        }
        if (!isMask(v)) joinInputs(v);
    }

    private static boolean isMask(Vertex v) {
        return v.isPointwise() && v.specs.get(0).dtype() == DType.BOOL;
    }

    /** Whether v reads each element where it writes one, so that both can be one loop. */
    private boolean isInPlace(Vertex v, Strided s) {
        Vertex from = s.base().vertex();
        return v.isPointwise()
                && (from.isPointwise() || takesEpilogue(from))
                && s.isWholeOf(s.base())
                && v.specs.get(0).shape().equals(s.shape());
    }

    private boolean takesEpilogue(Vertex v) {
        return v.specs.size() == 1
                && device.fusesInto(v.op, v.in.stream().map(Port::spec).toList());
    }

    /** Joins v's unit with those of its inputs, where that is possible. */
    private void joinInputs(Vertex v) {
        for (Port p : v.in) {
            Strided s = p.strided();
            Integer from = unitOf.get(s.base().vertex());
            if (from == null || !isInPlace(v, s)) continue;
            int now = unitOf.get(v);
            if (from != now && canJoin(from, now)) join(from, now);
        }
    }

    private boolean canJoin(int a, int b) {
        Unit x = units.get(a);
        Unit y = units.get(b);
        if (x.rigid.get(b) || y.rigid.get(a)) return false;
        if (x.vertices.size() + y.vertices.size() > MAX_VERTICES) return false;
        boolean epilogue = x.core != null || y.core != null;
        if (epilogue != epilogues || x.core != null && y.core != null) return false;
        // updates are kept apart from products: they wait for the last reader, and then go together
        if (epilogue && (x.updates || y.updates)) return false;
        if (tensors(x, !epilogue) + tensors(y, !epilogue) > (epilogue ? MAX_EPILOGUE_TENSORS : MAX_TENSORS))
            return false;
        return !reachesAround(a, y, b) && !reachesAround(b, x, a);
    }

    /** Whether {@code to} depends on unit {@code from} by a way through a third unit. */
    private boolean reachesAround(int from, Unit to, int toIndex) {
        for (int h = to.needs.nextSetBit(0); h >= 0; h = to.needs.nextSetBit(h + 1))
            if (h != from && h != toIndex && units.get(h).behind.get(from)) return true;
        return false;
    }

    /** @param numbers whether numbers count too: each is an argument of the kernel, but no memory to be read */
    private static int tensors(Unit u, boolean numbers) {
        return (int) u.vertices.stream()
                        .flatMap(v -> v.in.stream())
                        .map(Port::strided)
                        .filter(s -> !u.vertices.contains(s.base().vertex()))
                        .filter(s -> numbers || !s.base().vertex().isScalar())
                        .distinct()
                        .count()
                + 1;
    }

    /** Unit b becomes part of unit a. */
    private void join(int a, int b) {
        Unit x = units.get(a);
        Unit y = units.get(b);
        x.vertices.addAll(y.vertices);
        x.updates |= y.updates;
        if (x.core == null) x.core = y.core;
        y.vertices.forEach(v -> unitOf.put(v, a));
        x.needs.or(y.needs);
        x.rigid.or(y.rigid);
        x.behind.or(y.behind);
        for (BitSet s : List.of(x.needs, x.rigid, x.behind)) {
            s.clear(a);
            s.clear(b);
        }
        units.set(b, null);
        for (Unit other : units) {
            if (other == null || other == x) continue;
            replace(other.needs, a, b);
            replace(other.rigid, a, b);
            replace(other.behind, a, b);
            if (other.behind.get(a)) other.behind.or(x.behind);
        }
    }

    private static void replace(BitSet s, int a, int b) {
        if (s.get(b)) {
            s.clear(b);
            s.set(a);
        }
    }

    private List<Unit> ordered() {
        int n = units.size();
        int[] waiting = new int[n];
        long[] rank = new long[n];
        List<List<Integer>> users = new ArrayList<>();
        for (int i = 0; i < n; i++) users.add(new ArrayList<>());
        PriorityQueue<Integer> ready = new PriorityQueue<>((i, j) -> Long.compare(rank[i], rank[j]));
        for (int i = 0; i < n; i++) {
            Unit u = units.get(i);
            if (u == null) continue;
            u.vertices.sort((v, w) -> Integer.compare(v.id, w.id));
            long last = u.vertices.get(u.vertices.size() - 1).id;
            rank[i] = u.vertices.stream().anyMatch(late::contains) ? last + (1L << 32) : last;
            waiting[i] = u.needs.cardinality();
            for (int h = u.needs.nextSetBit(0); h >= 0; h = u.needs.nextSetBit(h + 1))
                users.get(h).add(i);
        }
        for (int i = 0; i < n; i++) if (units.get(i) != null && waiting[i] == 0) ready.add(i);
        List<Unit> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            int i = ready.poll();
            order.add(units.get(i));
            for (int j : users.get(i)) if (--waiting[j] == 0) ready.add(j);
        }
        if (order.size() != units.stream().filter(u -> u != null).count())
            throw new AssertionError("fusion made a circle: a defect of the planner");
        return order;
    }
}
