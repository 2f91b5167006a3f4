package steepest.selftest.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import steepest.HostArray;
import steepest.Philox;
import steepest.Rng;
import steepest.Spec;
import steepest.Tensor;

/**
 * A straight line of tensors, each made of earlier ones; some are returned, and variables among them are updated.
 *
 * @param name the seed that it comes from; its inputs' values follow from it
 * @param results the numbers of the entries that are returned
 * @param updates the numbers of variables, and of what becomes their next value
 */
record FuzzProgram(String name, List<Entry> entries, List<Integer> results, Map<Integer, Integer> updates) {
    /** One tensor. */
    sealed interface Entry {
        /** The numbers of the entries that it is made of. */
        default List<Integer> operands() {
            return List.of();
        }
    }

    /**
     * What is given from outside: floats from −2 to 2 or, where {@code whole}, the integers {@code lo} to {@code hi}.
     *
     * @param variable whether it is a variable, else an input
     */
    record Source(Spec spec, boolean variable, boolean whole, int lo, int hi) implements Entry {
        double value(double u) {
            return whole ? lo + Math.floor(u * ((double) hi - lo + 1)) : -2 + 4 * u;
        }

        Source reshaped(int... dims) {
            return new Source(Spec.of(spec.dtype(), dims), variable, whole, lo, hi);
        }
    }

    /** A computation, as Java would have it: {@code "%s.add(%s)"}. */
    record Line(String text, Function<List<Tensor>, Tensor> make, List<Integer> operands) implements Entry {}

    FuzzProgram {
        entries = List.copyOf(entries);
        results = List.copyOf(results);
        updates = new TreeMap<>(updates);
    }

    /** The numbers of the sources. */
    List<Integer> sources() {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) if (entries.get(i) instanceof Source) places.add(i);
        return places;
    }

    Source source(int entry) {
        return (Source) entries.get(entry);
    }

    /**
     * All entries as tensors.
     *
     * @param sources stand-ins for the sources, in order
     */
    List<Tensor> build(List<Tensor> sources) {
        List<Tensor> all = new ArrayList<>();
        int next = 0;
        for (Entry e : entries) {
            if (e instanceof Line l)
                all.add(l.make.apply(l.operands.stream().map(all::get).toList()));
            else all.add(sources.get(next++));
        }
        return all;
    }

    /** The values of the sources: the same ones at every call for the same variant. */
    List<HostArray> values(int variant) {
        List<HostArray> values = new ArrayList<>();
        for (int i : sources()) {
            HostArray a = HostArray.zeros(source(i).spec());
            int[] bits = new int[a.size()];
            Philox.bits(new Rng.Key(name.hashCode(), i), variant, 0, bits.length, bits, 0);
            for (int j = 0; j < bits.length; j++) a.set(j, source(i).value(Philox.uniform(bits[j])));
            values.add(a);
        }
        return values;
    }

    /** As lines of Java, nearly. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < entries.size(); i++) {
            text.append("  t").append(i).append(" = ");
            if (entries.get(i) instanceof Line l) text.append(l.text.formatted(names(l.operands)));
            else {
                Source s = source(i);
                text.append(s.variable ? "variable " : "input ").append(s.spec);
                if (s.whole) text.append(" of ").append(s.lo).append(" to ").append(s.hi);
            }
            text.append('\n');
        }
        updates.forEach((to, from) -> text.append("  t%d becomes t%d after each run%n".formatted(to, from)));
        return text + "  return "
                + Arrays.stream(names(results)).map(Object::toString).collect(Collectors.joining(", "));
    }

    private static Object[] names(List<Integer> entries) {
        return entries.stream().map(i -> "t" + i).toArray();
    }
}
