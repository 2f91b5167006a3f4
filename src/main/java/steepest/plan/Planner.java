package steepest.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import steepest.DType;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.backend.BackendDevice;
import steepest.backend.Kernel;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.op.Leaf;
import steepest.op.Move;
import steepest.plan.Fuser.Unit;
import steepest.plan.Graph.Port;
import steepest.plan.Graph.Vertex;

/**
 * Turns a recipe into a schedule: builds and simplifies the graph, fuses, orders, decides where each result lies, and
 * writes down the kernels.
 *
 * <p>A variable's new value is written in place when a pointwise kernel makes it and nobody reads the old value any more;
 * otherwise it is computed aside and copied at the very end, so all reads come before all writes.
 */
final class Planner {
    /** What a slot of the schedule is bound to at run time. */
    sealed interface Slot {
        /** The memory of a leaf, by its ordinal: an input, a variable, a constant. */
        record LeafSlot(int leaf, DType dtype) implements Slot {}

        /** New memory for a result. */
        record ResultSlot(DType dtype, long length) implements Slot {}

        /** Scratch memory for intermediate results. */
        record SlabSlot(DType dtype, long length) implements Slot {}

        DType dtype();
    }

    /** A root: the slot that holds it. */
    record Result(int slot, Spec spec) {}

    /**
     * @param scalarLeaves the leaves whose numbers are the scalar arguments, in order
     * @param keyLeaves the leaves whose payloads are the random keys, in order
     * @param writtenLeaves the leaves of the variables that the plan updates
     * @param allocations which results lie in the slabs, in the order in which kernels make them
     * @param intermediateBytes bytes of all intermediate results, before they share memory
     * @param busiestBytes bytes of those that some kernel needs at the same time, at the most
     */
    record Planned(
            Schedule schedule,
            List<Slot> slots,
            List<Result> results,
            List<Integer> scalarLeaves,
            List<Integer> keyLeaves,
            List<Integer> writtenLeaves,
            List<Allocation> allocations,
            long intermediateBytes,
            long busiestBytes) {
        long slabBytes() {
            long n = 0;
            for (Slot s : slots)
                if (s instanceof Slot.SlabSlot b) n += b.length() * b.dtype().bytes();
            return n;
        }
    }

    /** A result in a slab: {@code length} elements that kernel {@code kernel} is the first to write. */
    record Allocation(int kernel, int slot, long offset, long length) {}

    private record Place(int slot, long offset) {}

    private final BackendDevice device;
    private final Graph graph;
    private final List<Unit> units;
    private final Map<Vertex, Integer> position = new HashMap<>();
    private final Map<Port, Place> places = new HashMap<>();
    private final List<Slot> slots = new ArrayList<>();
    private final Map<Integer, Integer> leafSlots = new HashMap<>();
    private final List<Integer> scalarLeaves = new ArrayList<>();
    private final List<Integer> keyLeaves = new ArrayList<>();
    private final List<Kernel> kernels = new ArrayList<>();
    private final List<Allocation> allocations = new ArrayList<>();
    private long intermediateBytes;
    private long busiestBytes;

    private Planner(Recipe.Form form, BackendDevice device) {
        this.device = device;
        this.graph = new Graph(form, device);
        ownMemoryForRootsAndWrites();
        Set<Vertex> late = new HashSet<>();
        graph.writes.forEach(w -> late.add(w.getValue().strided().base().vertex()));
        List<Vertex> needed = graph.needed();
        checkTypes(needed);
        units = Fuser.units(needed, late, device);
        for (int i = 0; i < units.size(); i++) for (Vertex v : units.get(i).vertices) position.put(v, i);
    }

    static Planned plan(Recipe.Form form, BackendDevice device) {
        return new Planner(form, device).run();
    }

    private void checkTypes(List<Vertex> needed) {
        for (Vertex v : needed)
            for (Spec s : v.specs)
                if (!device.supports(s.dtype()))
                    throw SteepestException.of(
                            "%s: device %s does not compute in %s (the device ref does)",
                            v.op.name(), device.info().id(), s.dtype());
    }

    /** Results and new values must not be views, numbers or memory of others: copies where they are. */
    private void ownMemoryForRootsAndWrites() {
        graph.roots.replaceAll(this::owned);
        graph.writes.replaceAll(w -> {
            Strided s = w.getValue().strided();
            boolean itself = s.base().vertex() == w.getKey() && s.isWholeOf(s.base());
            return itself ? w : Map.entry(w.getKey(), owned(w.getValue()));
        });
        graph.writes.removeIf(w -> w.getValue().vertex() == w.getKey());
    }

    private Port owned(Port p) {
        Strided s = p.strided();
        Vertex base = s.base().vertex();
        boolean whole = s.isContiguous()
                && s.offset() == 0
                && s.shape().size() == s.base().shape().size();
        return whole && !base.isScalar() && !base.isBound() ? p : graph.copy(p);
    }

    private Planned run() {
        List<Integer> resultSlots = new ArrayList<>();
        for (Port p : graph.roots) resultSlots.add(placeResult(p.strided().base()));
        List<Map.Entry<Vertex, Port>> copies = placeWrites();
        placeRest(copies);
        for (Unit u : units) write(u);
        for (Map.Entry<Vertex, Port> c : copies) {
            View to = View.of(
                    leafSlot(c.getKey()),
                    c.getKey().specs.get(0).dtype(),
                    c.getKey().specs.get(0).shape(),
                    0);
            copyKernel(c.getValue().strided(), to);
        }
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < graph.roots.size(); i++)
            results.add(new Result(resultSlots.get(i), graph.roots.get(i).spec()));
        List<Integer> written = graph.writes.stream().map(w -> w.getKey().leaf).toList();
        Schedule schedule = new Schedule(
                List.copyOf(kernels), slots.stream().map(Slot::dtype).toList());
        return new Planned(
                schedule,
                slots,
                results,
                scalarLeaves,
                keyLeaves,
                written,
                allocations,
                intermediateBytes,
                busiestBytes);
    }

    // ---- where things lie ----

    private int slot(Slot s) {
        slots.add(s);
        return slots.size() - 1;
    }

    private int leafSlot(Vertex v) {
        return leafSlots.computeIfAbsent(
                v.leaf, l -> slot(new Slot.LeafSlot(l, v.specs.get(0).dtype())));
    }

    private int placeResult(Port p) {
        Place place = places.get(p);
        if (place == null) {
            place = new Place(
                    slot(new Slot.ResultSlot(p.spec().dtype(), p.shape().size())), 0);
            places.put(p, place);
        }
        return place.slot();
    }

    /** Places new values in their variables where that is safe. Returns the others, to be copied at the end. */
    private List<Map.Entry<Vertex, Port>> placeWrites() {
        List<Map.Entry<Vertex, Port>> copies = new ArrayList<>();
        for (Map.Entry<Vertex, Port> w : graph.writes) {
            Port value = w.getValue().strided().base();
            if (places.containsKey(value) || !canWriteInPlace(w.getKey(), value)) copies.add(w);
            else places.put(value, new Place(leafSlot(w.getKey()), 0));
        }
        return copies;
    }

    private boolean canWriteInPlace(Vertex variable, Port value) {
        Vertex maker = value.vertex();
        if (!maker.isPointwise()) return false;
        int at = position.get(maker);
        for (int i = 0; i < units.size(); i++)
            for (Vertex v : units.get(i).vertices)
                for (Port p : v.in) {
                    Strided s = p.strided();
                    if (s.base().vertex() != variable) continue;
                    boolean same =
                            v.isPointwise() && s.isContiguous() && s.shape().equals(value.shape());
                    if (i > at || i == at && !same) return false;
                }
        return true;
    }

    /** Everything else goes into slabs, one per type. */
    private void placeRest(List<Map.Entry<Vertex, Port>> copies) {
        Map<Port, SlabLayout.Item> items = new LinkedHashMap<>();
        for (int i = 0; i < units.size(); i++)
            for (Vertex v : units.get(i).vertices)
                for (Port p : v.in) {
                    Port base = p.strided().base();
                    Integer made = position.get(base.vertex());
                    if (made == null || made == i && units.get(i).vertices.size() > 1 || places.containsKey(base))
                        continue;
                    SlabLayout.Item item = items.computeIfAbsent(
                            base, b -> new SlabLayout.Item(b.spec().bytes(), made));
                    item.last = Math.max(item.last, i);
                }
        for (int i = 0; i < units.size(); i++)
            for (Vertex v : units.get(i).vertices)
                if (v == units.get(i).core && units.get(i).vertices.size() == 1)
                    // a kernel writes all its outputs, wanted or not
                    for (int o = 0; o < v.specs.size(); o++) {
                        Port p = new Port(v, o);
                        int made = i;
                        if (!places.containsKey(p))
                            items.computeIfAbsent(
                                    p, b -> new SlabLayout.Item(b.spec().bytes(), made));
                    }
        for (Map.Entry<Vertex, Port> c : copies) {
            Port base = c.getValue().strided().base();
            if (places.containsKey(base)) continue;
            items.computeIfAbsent(base, b -> new SlabLayout.Item(b.spec().bytes(), position.get(b.vertex()))).last =
                    units.size();
        }
        Map<Port, Part> parts = partsInPlace(items);
        busiestBytes = SlabLayout.busiest(items.values());
        for (DType type : DType.values()) {
            Map<Port, SlabLayout.Item> own = new LinkedHashMap<>();
            items.forEach((p, item) -> {
                if (p.spec().dtype() == type) own.put(p, item);
            });
            int first = slots.size();
            for (long bytes : SlabLayout.place(List.copyOf(own.values()), device.maxBufferBytes(type)))
                slot(new Slot.SlabSlot(type, bytes / type.bytes()));
            own.forEach((p, item) -> {
                intermediateBytes += item.bytes;
                places.put(p, new Place(first + item.slab, item.offset / type.bytes()));
            });
        }
        parts.forEach((p, part) -> {
            Place whole = places.get(part.whole);
            places.put(p, new Place(whole.slot(), whole.offset() + part.at));
        });
    }

    /** A result that lies within another, from element {@code at} on. */
    private record Part(Port whole, long at) {}

    /**
     * Results that are made where a concatenation wants them, so that they need not be copied; and concatenations of what
     * lies side by side in another one already. Both leave the items, and those that they lie in live as long as they do.
     */
    private Map<Port, Part> partsInPlace(Map<Port, SlabLayout.Item> items) {
        Map<Port, Part> parts = new LinkedHashMap<>();
        units.stream()
                .map(u -> u.vertices.get(0))
                .filter(v -> v.op instanceof steepest.op.Concat c && isOutermost(c.axis(), v.specs.get(0)))
                .sorted(Comparator.comparingLong(v -> -v.specs.get(0).bytes()))
                .forEach(v -> {
                    Port whole = new Port(v, 0);
                    Part first = parts.get(v.in.get(0).strided().base());
                    if (first != null && items.containsKey(whole) && lieSideBySide(v, first, parts)) {
                        parts.put(whole, first);
                        items.get(first.whole).cover(items.remove(whole));
                        return;
                    }
                    long at = 0;
                    for (Port p : v.in) {
                        Port base = p.strided().base();
                        SlabLayout.Item item = items.get(base);
                        // what has parts itself, or lies in a result, stays where it is
                        if (item != null
                                && isAllOf(p, base)
                                && !(base.vertex().op instanceof steepest.op.Concat)
                                && items.containsKey(whole)) {
                            parts.put(base, new Part(whole, at));
                            items.get(whole).cover(items.remove(base));
                        }
                        at += p.shape().size();
                    }
                });
        return parts;
    }

    private static boolean isOutermost(int axis, Spec spec) {
        return spec.shape().slice(0, axis).size() == 1;
    }

    private static boolean isAllOf(Port p, Port base) {
        Strided s = p.strided();
        return s.isContiguous()
                && s.offset() == 0
                && s.shape().size() == base.shape().size();
    }

    private static boolean lieSideBySide(Vertex concat, Part first, Map<Port, Part> parts) {
        long at = first.at;
        for (Port p : concat.in) {
            Port base = p.strided().base();
            if (!isAllOf(p, base) || !new Part(first.whole, at).equals(parts.get(base))) return false;
            at += p.shape().size();
        }
        return true;
    }

    private View view(Strided s) {
        Port base = s.base();
        Place p = base.vertex().isBound() ? new Place(leafSlot(base.vertex()), 0) : places.get(base);
        return new View(p.slot(), base.spec().dtype(), s.shape(), p.offset() + s.offset(), s.strides());
    }

    // ---- kernels ----

    private void write(Unit u) {
        for (Vertex v : u.vertices)
            for (int o = 0; o < v.specs.size(); o++) {
                Place p = places.get(new Port(v, o));
                if (p != null && slots.get(p.slot()) instanceof Slot.SlabSlot)
                    allocations.add(new Allocation(
                            kernels.size(),
                            p.slot(),
                            p.offset(),
                            v.specs.get(o).shape().size()));
            }
        Vertex first = u.core;
        if (first == null) {
            if (u.space.size() > 0) kernels.add(new LoopWriter(u).kernel());
        } else if (u.vertices.size() > 1) {
            List<View> in = first.in.stream().map(p -> view(p.strided())).toList();
            if (u.space.size() > 0) kernels.add(new Kernel.OpKernel(first.op, in, new LoopWriter(u).kernel()));
        } else if (first.op instanceof steepest.op.Pad p) {
            pad(first, p);
        } else if (first.op instanceof steepest.op.Concat c) {
            concat(first, c);
        } else if (first.specs.stream().anyMatch(s -> s.shape().size() > 0)) {
            List<View> in = first.in.stream().map(p -> view(p.strided())).toList();
            List<View> out = new ArrayList<>();
            for (int o = 0; o < first.specs.size(); o++) out.add(view(Strided.whole(new Port(first, o))));
            int key = -1;
            if (first.op instanceof steepest.op.Random) {
                key = keyLeaves.size();
                keyLeaves.add(first.leaf);
            }
            kernels.add(new Kernel.OpKernel(first.op, in, out, key));
        }
    }

    private void pad(Vertex v, steepest.op.Pad p) {
        Port out = new Port(v, 0);
        View all = view(Strided.whole(out));
        if (all.shape().size() == 0) return;
        Kernel.LiteralValue fill = new Kernel.LiteralValue(p.value(), all.dtype());
        kernels.add(
                new Kernel.PointwiseKernel(all.shape(), List.of(fill), List.of(), List.of(new Kernel.Store(all, 0))));
        Strided in = v.in.get(0).strided();
        copyKernel(in, view(Strided.whole(out).through(p.inside(in.shape()), in.shape())));
    }

    private void concat(Vertex v, steepest.op.Concat c) {
        Strided out = Strided.whole(new Port(v, 0));
        int at = 0;
        for (Port p : v.in) {
            Shape part = p.shape();
            int[] start = new int[part.rank()];
            start[c.axis()] = at;
            List<Integer> ones = java.util.Collections.nCopies(part.rank(), 1);
            Move.Slice slice = new Move.Slice(list(start), list(part.dims()), ones);
            View from = p.strided().base().vertex().isScalar() ? null : view(p.strided());
            View to = view(out.through(slice, part));
            boolean there =
                    from != null && from.slot() == to.slot() && from.offset() == to.offset() && from.isContiguous();
            if (!there) copyKernel(p.strided(), to);
            at += part.dim(c.axis());
        }
    }

    private static List<Integer> list(int[] a) {
        return java.util.Arrays.stream(a).boxed().toList();
    }

    private void copyKernel(Strided from, View to) {
        if (to.shape().size() == 0) return;
        // a contiguous source of the same elements may have another shape than the target
        Strided as = from.shape().equals(to.shape()) ? from : from.through(new Move.Reshape(to.shape()), to.shape());
        kernels.add(
                new Kernel.PointwiseKernel(to.shape(), List.of(load(as)), List.of(), List.of(new Kernel.Store(to, 0))));
    }

    private Kernel.Load load(Strided s) {
        Vertex base = s.base().vertex();
        if (base.op instanceof Leaf.Literal l) return new Kernel.LiteralValue(l.value(), l.dtype());
        if (base.op instanceof Leaf.Argument a) {
            int index = scalarLeaves.indexOf(base.leaf);
            if (index < 0) {
                index = scalarLeaves.size();
                scalarLeaves.add(base.leaf);
            }
            return new Kernel.ScalarArgument(index, a.dtype());
        }
        return new Kernel.Element(view(s));
    }

    /** Writes the pointwise vertices of a unit as one loop: loads, straight-line code, stores. */
    private final class LoopWriter {
        private final Unit unit;
        private final List<Kernel.Load> loads = new ArrayList<>();
        private final Map<Kernel.Load, Integer> loadIndex = new HashMap<>();
        private final List<Kernel.Instruction> code = new ArrayList<>();
        private final List<Kernel.Store> stores = new ArrayList<>();
        private final Map<Vertex, Integer> register = new HashMap<>();

        LoopWriter(Unit unit) {
            this.unit = unit;
        }

        Kernel.PointwiseKernel kernel() {
            if (unit.core != null) {
                loads.add(new Kernel.Result(unit.core.specs.get(0).dtype()));
                register.put(unit.core, 0);
            }
            for (Vertex v : unit.vertices) if (v != unit.core) for (Port p : v.in) if (!isInside(p)) register(p);
            int at = loads.size();
            for (Vertex v : unit.vertices) {
                if (v == unit.core) {
                    store(v);
                    continue;
                }
                List<Integer> args = v.in.stream().map(this::register).toList();
                if (v.op instanceof steepest.op.Pointwise p) {
                    code.add(new Kernel.Instruction(p.f(), args, v.specs.get(0).dtype()));
                    register.put(v, at++);
                } else if (v.in.get(0).spec().dtype() == v.specs.get(0).dtype()) {
                    register.put(v, args.get(0)); // a copy is a load and a store
                } else {
                    code.add(new Kernel.Instruction(null, args, v.specs.get(0).dtype()));
                    register.put(v, at++);
                }
                store(v);
            }
            return new Kernel.PointwiseKernel(unit.space, List.copyOf(loads), List.copyOf(code), List.copyOf(stores));
        }

        /** Writes a vertex's value down, if somebody outside wants it. */
        private void store(Vertex v) {
            Place p = places.get(new Port(v, 0));
            if (p != null)
                stores.add(new Kernel.Store(
                        View.of(p.slot(), v.specs.get(0).dtype(), unit.space, p.offset()), register.get(v)));
        }

        private boolean isInside(Port p) {
            return unit.vertices.contains(p.strided().base().vertex());
        }

        private int register(Port p) {
            if (isInside(p)) return register.get(p.strided().base().vertex());
            Kernel.Load l = load(p.strided());
            return loadIndex.computeIfAbsent(l, k -> {
                loads.add(k);
                return loads.size() - 1;
            });
        }
    }
}
