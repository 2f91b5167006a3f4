package steepest.selftest.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import steepest.DType;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Leaf;
import steepest.selftest.fuzz.FuzzProgram.Entry;
import steepest.selftest.fuzz.FuzzProgram.Line;
import steepest.selftest.fuzz.FuzzProgram.Source;

/**
 * Makes a failing program smaller, one change at a time, as long as it still fails: fewer results and updates, lines
 * replaced by inputs or by what they are made of, variables by inputs, smaller shapes.
 */
final class Shrinker {
    /** Each try plans and runs a program. */
    private static final int MAX_TRIES = 600;

    private final Predicate<FuzzProgram> fails;
    private int tries;

    private Shrinker(Predicate<FuzzProgram> fails) {
        this.fails = fails;
    }

    static FuzzProgram shrink(FuzzProgram program, Predicate<FuzzProgram> fails) {
        Shrinker s = new Shrinker(fails);
        FuzzProgram now = program;
        for (FuzzProgram next = now; next != null; next = s.smaller(now)) now = next;
        return now;
    }

    /** A smaller program that fails; null if none is found. */
    private FuzzProgram smaller(FuzzProgram p) {
        for (FuzzProgram candidate : candidates(p)) {
            if (tries >= MAX_TRIES) return null;
            FuzzProgram clean = withoutDead(candidate);
            if (!isValid(clean)) continue;
            tries++;
            if (fails.test(clean)) return clean;
        }
        return null;
    }

    private static List<FuzzProgram> candidates(FuzzProgram p) {
        List<FuzzProgram> all = new ArrayList<>();
        if (!p.updates().isEmpty()) {
            all.add(new FuzzProgram(p.name(), p.entries(), p.results(), Map.of()));
            for (int key : p.updates().keySet()) {
                Map<Integer, Integer> rest = new TreeMap<>(p.updates());
                rest.remove(key);
                if (!rest.isEmpty()) all.add(new FuzzProgram(p.name(), p.entries(), p.results(), rest));
            }
        }
        if (p.results().size() > 1)
            for (int r : p.results()) all.add(new FuzzProgram(p.name(), p.entries(), List.of(r), p.updates()));
        List<Tensor> tensors = tensors(p);
        for (int i = p.entries().size() - 1; i >= 0; i--) {
            if (p.entries().get(i) instanceof Source s) {
                if (s.variable() && !p.updates().containsKey(i))
                    all.add(with(p, i, new Source(s.spec(), false, s.whole(), s.lo(), s.hi())));
                continue;
            }
            Spec spec = tensors.get(i).spec();
            // a result one line earlier
            for (int operand : p.entries().get(i).operands())
                if (p.results().equals(List.of(i)))
                    all.add(new FuzzProgram(p.name(), p.entries(), List.of(operand), p.updates()));
            if (!p.results().contains(i)) all.add(with(p, i, source(spec)));
            for (int operand : p.entries().get(i).operands())
                if (tensors.get(operand).spec().equals(spec)) all.add(renamed(p, i, operand));
        }
        for (int size : sizes(p))
            for (int smaller : new TreeSet<>(List.of(1, 2, size / 2, size - 1)))
                if (smaller > 0 && smaller < size) {
                    all.add(resized(p, size, smaller, -1));
                    for (int i : p.sources()) all.add(resized(p, size, smaller, i));
                }
        return all;
    }

    private static Source source(Spec spec) {
        boolean whole = spec.dtype() != DType.F32;
        return new Source(spec, false, whole, 0, spec.dtype() == DType.BOOL ? 1 : whole ? 3 : 0);
    }

    private static FuzzProgram with(FuzzProgram p, int place, Entry entry) {
        List<Entry> entries = new ArrayList<>(p.entries());
        entries.set(place, entry);
        return new FuzzProgram(p.name(), entries, p.results(), p.updates());
    }

    /** The program with what uses one entry using another. */
    private static FuzzProgram renamed(FuzzProgram p, int from, int to) {
        List<Entry> entries = new ArrayList<>();
        for (Entry e : p.entries())
            entries.add(
                    e instanceof Line l
                            ? new Line(
                                    l.text(),
                                    l.make(),
                                    l.operands().stream()
                                            .map(o -> o == from ? to : o)
                                            .toList())
                            : e);
        Map<Integer, Integer> updates = new TreeMap<>();
        p.updates().forEach((v, u) -> updates.put(v, u == from ? to : u));
        return new FuzzProgram(
                p.name(),
                entries,
                p.results().stream().map(r -> r == from ? to : r).distinct().toList(),
                updates);
    }

    private static TreeSet<Integer> sizes(FuzzProgram p) {
        TreeSet<Integer> sizes = new TreeSet<>();
        for (int i : p.sources()) for (int d : p.source(i).spec().shape().dims()) if (d > 1) sizes.add(d);
        return sizes;
    }

    /** Sides of one size made smaller: of a source, or of all. */
    private static FuzzProgram resized(FuzzProgram p, int size, int smaller, int only) {
        FuzzProgram now = p;
        for (int i : p.sources()) {
            if (only >= 0 && i != only) continue;
            Source s = p.source(i);
            int[] dims = Arrays.stream(s.spec().shape().dims())
                    .map(d -> d == size ? smaller : d)
                    .toArray();
            now = with(now, i, s.reshaped(dims));
        }
        return now;
    }

    /** Without the entries that nothing needs. */
    private static FuzzProgram withoutDead(FuzzProgram p) {
        TreeSet<Integer> needed = new TreeSet<>(p.results());
        needed.addAll(p.updates().keySet());
        needed.addAll(p.updates().values());
        for (int i = p.entries().size() - 1; i >= 0; i--)
            if (needed.contains(i)) needed.addAll(p.entries().get(i).operands());
        List<Integer> kept = List.copyOf(needed);
        List<Entry> entries = new ArrayList<>();
        for (int i : kept) {
            Entry e = p.entries().get(i);
            entries.add(
                    e instanceof Line l
                            ? new Line(
                                    l.text(),
                                    l.make(),
                                    l.operands().stream().map(kept::indexOf).toList())
                            : e);
        }
        Map<Integer, Integer> updates = new TreeMap<>();
        p.updates().forEach((v, u) -> updates.put(kept.indexOf(v), kept.indexOf(u)));
        return new FuzzProgram(
                p.name(), entries, p.results().stream().map(kept::indexOf).toList(), updates);
    }

    private static List<Tensor> tensors(FuzzProgram p) {
        return p.build(p.sources().stream()
                .map(i -> Tensor.leaf(new Leaf.Input(i, p.source(i).spec()), null))
                .toList());
    }

    /** Whether all shapes still fit. */
    private static boolean isValid(FuzzProgram p) {
        try {
            List<Tensor> t = tensors(p);
            return p.updates().entrySet().stream()
                    .allMatch(u ->
                            t.get(u.getKey()).spec().equals(t.get(u.getValue()).spec()));
        } catch (SteepestException | IndexOutOfBoundsException | ArithmeticException e) {
            return false;
        }
    }
}
