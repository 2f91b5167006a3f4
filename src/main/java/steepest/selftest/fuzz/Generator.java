package steepest.selftest.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import steepest.DType;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Leaf;
import steepest.selftest.fuzz.FuzzProgram.Entry;
import steepest.selftest.fuzz.FuzzProgram.Line;
import steepest.selftest.fuzz.FuzzProgram.Source;

/**
 * Draws programs: a few sources of small odd shapes and some lines that use them and each other, gradients among them.
 * Arguments are kept to where functions are defined and not too steep, so that values stay comparable.
 */
final class Generator {
    private static final int MAX_SIZE = 3000;

    final Dice dice;
    private final List<Entry> entries = new ArrayList<>();
    /** The entries as tensors, of which only the shapes matter. */
    private final List<Tensor> tensors = new ArrayList<>();

    private Generator(Dice dice) {
        this.dice = dice;
    }

    /** The program of a seed. */
    static FuzzProgram program(long seed) {
        return new Generator(new Dice(seed)).draw("seed " + seed);
    }

    private FuzzProgram draw(String name) {
        int[] dims = shape();
        source(dims);
        if (dice.chance(0.7)) source(dice.chance(0.5) ? dims : broadcastable(dims));
        int lines = dice.between(2, 9);
        for (int tries = 0; lines > 0 && tries < 60; tries++) {
            int before = entries.size();
            try {
                dice.of(Lines.KINDS).accept(this);
                if (entries.get(entries.size() - 1) instanceof Line) lines--;
            } catch (SteepestException | DoesNotFit e) {
                // what does not fit is drawn again
                entries.subList(before, entries.size()).clear();
                tensors.subList(before, tensors.size()).clear();
            }
        }
        return new FuzzProgram(name, entries, results(), updates());
    }

    /** The last entry, and others. */
    private List<Integer> results() {
        List<Integer> results = new ArrayList<>(List.of(entries.size() - 1));
        for (int i = 0; i < entries.size() - 1; i++)
            if (entries.get(i) instanceof Line && dice.chance(0.25)) results.add(i);
        return results;
    }

    private Map<Integer, Integer> updates() {
        Map<Integer, Integer> updates = new TreeMap<>();
        for (int v = 0; v < entries.size(); v++) {
            if (!(entries.get(v) instanceof Source s) || !s.variable()) continue;
            List<Integer> fitting = new ArrayList<>();
            for (int i = 0; i < entries.size(); i++)
                if (i != v && tensors.get(i).spec().equals(s.spec())) fitting.add(i);
            if (!fitting.isEmpty()) updates.put(v, dice.of(fitting));
        }
        return updates;
    }

    // ---- sources ----

    /** Of rank 0 to 4; sides mostly small and odd, 1 often, 0 rarely. */
    private int[] shape() {
        int[] dims = new int[dice.of(0, 1, 1, 2, 2, 2, 3, 3, 4)];
        for (int i = 0; i < dims.length; i++) dims[i] = dice.chance(0.02) ? 0 : dice.of(1, 2, 3, 3, 4, 5, 6, 7, 9);
        if (dims.length == 1 && dice.chance(0.1)) dims[0] = dice.of(17, 67, 257, 1031);
        return dims;
    }

    private int[] broadcastable(int[] dims) {
        int[] d = Arrays.copyOfRange(dims, dice.between(0, dims.length), dims.length);
        for (int i = 0; i < d.length; i++) if (dice.chance(0.3)) d[i] = 1;
        return d;
    }

    /** A source of floats; the number of the entry. */
    int source(int... dims) {
        boolean whole = dice.chance(0.15);
        return add(new Source(Spec.of(DType.F32, dims), dice.chance(0.3), whole, whole ? -2 : 0, whole ? 2 : 0));
    }

    /** A source of integers, both bounds included. */
    int integers(DType type, int lo, int hi, int... dims) {
        return add(new Source(Spec.of(type, dims), false, true, lo, hi));
    }

    private int add(Source s) {
        entries.add(s);
        tensors.add(Tensor.leaf(new Leaf.Input(entries.size(), s.spec()), null));
        return entries.size() - 1;
    }

    // ---- choices ----

    /** Says that a line cannot be made of what there is. */
    static final class DoesNotFit extends RuntimeException {
        private static final long serialVersionUID = 1;

        DoesNotFit() {
            super(null, null, false, false);
        }
    }

    Shape shape(int entry) {
        return tensors.get(entry).shape();
    }

    /** Some entry that has a property; later ones rather than earlier ones. */
    int entry(Predicate<Tensor> property) {
        List<Integer> fitting = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) if (property.test(tensors.get(i))) fitting.add(i);
        if (fitting.isEmpty()) throw new DoesNotFit();
        int last = fitting.get(fitting.size() - 1);
        return dice.chance(0.5) ? last : dice.of(fitting);
    }

    /** Some floats. */
    int floats() {
        return entry(t -> t.dtype() == DType.F32);
    }

    /** Some floats of a rank. */
    int floats(int lo, int hi) {
        return entry(t ->
                t.dtype() == DType.F32 && t.shape().rank() >= lo && t.shape().rank() <= hi);
    }

    /** Floats that broadcast with another entry: those there are or, failing that or at times, new ones. */
    int partner(int of) {
        Shape s = shape(of);
        if (dice.chance(0.25)) return source(broadcastable(s.dims()));
        return entry(t -> {
            if (t.dtype() != DType.F32) return false;
            try {
                return Shape.broadcast("", s, t.shape()).size() <= MAX_SIZE;
            } catch (SteepestException e) {
                return false;
            }
        });
    }

    /** How many entries there are. */
    int entries() {
        return entries.size();
    }

    int axis(int entry) {
        if (shape(entry).rank() == 0) throw new DoesNotFit();
        return dice.below(shape(entry).rank());
    }

    /** A number with a short name. */
    double number() {
        return dice.of(-6, -3, -2, -1, 1, 2, 3, 5, 9) / 4.0;
    }

    // ---- lines ----

    /** Adds a line; {@code text} has a place for each operand. */
    void line(String text, Function<List<Tensor>, Tensor> make, Integer... operands) {
        Tensor t = make.apply(Arrays.stream(operands).map(tensors::get).toList());
        if (t.size() > MAX_SIZE) throw new DoesNotFit();
        for (Integer i : operands) if (tensors.get(i) == t) throw new DoesNotFit(); // it does nothing
        entries.add(new Line(text, make, List.of(operands)));
        tensors.add(t);
    }
}
