package steepest.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import steepest.DType;
import steepest.HostArray;
import steepest.Philox;
import steepest.Rng;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * One row of the table by which every backend and every gradient is judged: a computation, inputs for it, and how far
 * from the reference a result may lie.
 *
 * @param op the op it is about; several cases share one
 * @param detail what sets it apart: shapes, layouts
 * @param smooth whether first and second derivatives exist at the inputs, so that finite differences can confirm them
 */
public record OpCase(String op, String detail, List<Input> inputs, Body body, Tolerance tolerance, boolean smooth) {

    /** The computation. */
    @FunctionalInterface
    public interface Body {
        List<Tensor> apply(List<Tensor> inputs);
    }

    /**
     * An input as it lies in memory, and the window through which the computation sees it.
     *
     * @param spec of the whole tensor
     * @param view a transposition, a slice, …: part of the computation, so gradients run through it too
     */
    public record Input(Spec spec, Domain domain, UnaryOperator<Tensor> view) {
        /** A tensor seen as it lies. */
        public static Input of(Domain domain, int... dims) {
            return new Input(Spec.of(DType.F32, dims), domain, t -> t);
        }

        public static Input of(DType dtype, Domain domain, int... dims) {
            return new Input(Spec.of(dtype, dims), domain, t -> t);
        }
    }

    /** How a number in [0, 1) and a place become an element. */
    @FunctionalInterface
    public interface Domain {
        double at(double u, int i);

        /** Floats from {@code lo} to {@code hi}. */
        static Domain range(double lo, double hi) {
            return (u, i) -> lo + (hi - lo) * u;
        }

        /** Integers from {@code lo} to {@code hi}, both included. */
        static Domain integers(int lo, int hi) {
            return (u, i) -> lo + Math.floor(u * ((double) hi - lo + 1));
        }

        /** Numbers {@code step} apart in a mixed order, no two alike among the first 211. */
        static Domain distinct(double step) {
            return (u, i) -> (i * 37 % 211 - 105) * step;
        }

        /** These, again and again. */
        static Domain values(double... values) {
            return (u, i) -> values[i % values.length];
        }
    }

    /** A value {@code v} may differ from the reference's {@code r} by {@code relative · |r| + absolute}. */
    public record Tolerance(double relative, double absolute) {
        public static final Tolerance EXACT = new Tolerance(0, 0);

        /** So many units in the last place of a float; devices may flush what is smaller than the normal numbers. */
        public static Tolerance ulps(double n) {
            return new Tolerance(n * 0x1p-23, Float.MIN_NORMAL);
        }

        boolean accepts(double reference, double value) {
            if (reference == value || Double.isNaN(reference) && Double.isNaN(value)) return true;
            return Math.abs(value - reference) <= relative * Math.abs(reference) + absolute
                    && Double.isFinite(reference);
        }

        /** The difference as a share of what is allowed: 0 where there is none, over 1 where it is too large. */
        double share(double reference, double value) {
            if (reference == value || Double.isNaN(reference) && Double.isNaN(value)) return 0;
            double s = Math.abs(value - reference) / (relative * Math.abs(reference) + absolute);
            return Double.isFinite(reference) && !Double.isNaN(s) ? s : Double.POSITIVE_INFINITY;
        }
    }

    public String name() {
        return detail.isEmpty() ? op : op + " " + detail;
    }

    /** The results of the computation on tensors of the inputs' specs. */
    public List<Tensor> apply(List<Tensor> tensors) {
        List<Tensor> seen = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) seen.add(inputs.get(i).view().apply(tensors.get(i)));
        return body.apply(seen);
    }

    /** The inputs' values: the same ones at every call for the same variant, others for another variant. */
    public List<HostArray> generate(int variant) {
        List<HostArray> arrays = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            HostArray a = HostArray.zeros(inputs.get(i).spec());
            int[] bits = new int[a.size()];
            Philox.bits(new Rng.Key(name().hashCode(), i), variant, 0, bits.length, bits, 0);
            for (int j = 0; j < bits.length; j++)
                a.set(j, inputs.get(i).domain().at(Philox.uniform(bits[j]), j));
            arrays.add(a);
        }
        return arrays;
    }

    /**
     * Compares results with the reference's.
     *
     * @return empty if all agree; else one line that names the worst element
     */
    public Optional<String> difference(List<HostArray> reference, List<HostArray> results) {
        if (reference.size() != results.size())
            throw SteepestException.of(
                    "%s: %d results, the reference has %d", name(), results.size(), reference.size());
        for (int k = 0; k < results.size(); k++) {
            HostArray r = reference.get(k);
            HostArray v = results.get(k);
            if (!r.spec().equals(v.spec()))
                return Optional.of("%s: result %d is %s, the reference %s".formatted(name(), k, v.spec(), r.spec()));
            int wrong = 0;
            int worst = -1;
            for (int i = 0; i < r.size(); i++) {
                if (tolerance.accepts(r.get(i), v.get(i))) continue;
                wrong++;
                if (worst < 0 || error(r, v, i) > error(r, v, worst)) worst = i;
            }
            if (wrong > 0)
                return Optional.of(String.format(
                        Locale.ROOT,
                        "%s: %d of %d elements of result %d %s differ, most of all element %d: %s, the reference %s"
                                + " (allowed %s relative + %s)",
                        name(),
                        wrong,
                        r.size(),
                        k,
                        r.spec(),
                        worst,
                        v.get(worst),
                        r.get(worst),
                        tolerance.relative(),
                        tolerance.absolute()));
        }
        return Optional.empty();
    }

    private static double error(HostArray r, HostArray v, int i) {
        double e = Math.abs(v.get(i) - r.get(i)) / (Math.abs(r.get(i)) + Float.MIN_NORMAL);
        return Double.isNaN(e) ? Double.POSITIVE_INFINITY : e;
    }

    @Override
    public String toString() {
        return name();
    }
}
