package steepest.nn;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import steepest.HostArray;
import steepest.Philox;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;

/**
 * Where a weight starts. Values are made on the host in double precision from Philox bits, by {@link StrictMath}, so the
 * same seed gives the same bits whatever device the network runs on later.
 *
 * <p>A weight is {@code [out, in]} or {@code [out, in/groups, kh, kw]}. Its fan-in is the number of inputs that a unit
 * sums, in · kh · kw; its fan-out the number of units that an input reaches, out · kh · kw.
 */
@FunctionalInterface
public interface Initializer {
    /** F32 values of the given shape. */
    HostArray draw(Shape shape, Rng rng);

    static Initializer zeros() {
        return constant(0);
    }

    /** Every element {@code value}. @throws SteepestException if it is not finite */
    static Initializer constant(double value) {
        if (!Double.isFinite(value)) throw SteepestException.of("constant: expected a finite number, got %s", value);
        return (shape, rng) -> {
            float[] w = new float[shape.intSize()];
            java.util.Arrays.fill(w, (float) value);
            return HostArray.of(w, shape);
        };
    }

    /** Normal with mean 0. @throws SteepestException if the deviation is not finite or below 0 */
    static Initializer normal(double deviation) {
        if (!(deviation >= 0 && deviation < Double.POSITIVE_INFINITY))
            throw SteepestException.of("normal: expected a finite deviation of at least 0, got %s", deviation);
        return (shape, rng) -> normal(shape, rng, deviation);
    }

    /** Uniform between ±bound. @throws SteepestException if the bound is not finite or below 0 */
    static Initializer uniform(double bound) {
        if (!(bound >= 0 && bound < Double.POSITIVE_INFINITY))
            throw SteepestException.of("uniform: expected a finite bound of at least 0, got %s", bound);
        return (shape, rng) -> uniform(shape, rng, bound);
    }

    /** Normal with variance 2 / fan-in (He et al., "Delving deep into rectifiers", ICCV 2015, eq. 10): keeps ReLU networks in scale. */
    static Initializer heNormal() {
        return (shape, rng) -> normal(shape, rng, StrictMath.sqrt(2.0 / fanIn(shape)));
    }

    /** Uniform with the variance of {@link #heNormal}: between ±√(6 / fan-in). */
    static Initializer heUniform() {
        return (shape, rng) -> uniform(shape, rng, StrictMath.sqrt(6.0 / fanIn(shape)));
    }

    /** Normal with variance 2 / (fan-in + fan-out); see {@link #glorotUniform}. */
    static Initializer glorotNormal() {
        return (shape, rng) -> normal(shape, rng, StrictMath.sqrt(2.0 / (fanIn(shape) + fanOut(shape))));
    }

    /**
     * Uniform between ±√(6 / (fan-in + fan-out)) (Glorot and Bengio, "Understanding the difficulty of training deep
     * feedforward neural networks", AISTATS 2010, eq. 16): keeps sigmoid and tanh networks in scale.
     */
    static Initializer glorotUniform() {
        return (shape, rng) -> uniform(shape, rng, StrictMath.sqrt(6.0 / (fanIn(shape) + fanOut(shape))));
    }

    /**
     * Uniform between ±√(1 / fan-in): a third of the variance of LeCun et al., "Efficient BackProp", 1998, eq. 16, and what
     * PyTorch's layers begin with. Networks begin flatter than with {@link #heNormal}, which adversarial training wants.
     */
    static Initializer fanIn() {
        return (shape, rng) -> uniform(shape, rng, StrictMath.sqrt(1 / fanIn(shape)));
    }

    /** Names for {@link #of}. */
    List<String> NAMES = List.of("he", "glorot", "fan-in");

    /** An initializer by name. @throws SteepestException if there is none, listing those that there are */
    static Initializer of(String name) {
        return switch (name) {
            case "he" -> heNormal();
            case "glorot" -> glorotUniform();
            case "fan-in" -> fanIn();
            default ->
                throw SteepestException.of("unknown initializer %s; there are %s", name, String.join(", ", NAMES));
        };
    }

    /** The number of inputs that each unit of a weight sums. @throws SteepestException for less than two axes */
    static double fanIn(Shape weight) {
        check(weight);
        return weight.slice(1, weight.rank()).size();
    }

    /** The number of units that each input of a weight reaches. @throws SteepestException for less than two axes */
    static double fanOut(Shape weight) {
        check(weight);
        return (double) weight.dim(0) * weight.slice(2, weight.rank()).size();
    }

    private static void check(Shape weight) {
        if (weight.rank() < 2)
            throw SteepestException.of(
                    "initializer: expected a weight [out, in, …] of two axes or more, got %s", weight);
    }

    private static HostArray uniform(Shape shape, Rng rng, double bound) {
        return draw(shape, rng, u -> bound * (2 * u - 1));
    }

    /** By Box and Muller (1958): two uniform numbers make two normal ones. */
    private static HostArray normal(Shape shape, Rng rng, double deviation) {
        int n = shape.intSize();
        double[] u = uniforms(n + n % 2, rng);
        float[] w = new float[n];
        for (int i = 0; i < n; i += 2) {
            double radius = deviation * StrictMath.sqrt(-2 * StrictMath.log(u[i]));
            double angle = 2 * StrictMath.PI * u[i + 1];
            w[i] = (float) (radius * StrictMath.cos(angle));
            if (i + 1 < n) w[i + 1] = (float) (radius * StrictMath.sin(angle));
        }
        return HostArray.of(w, shape);
    }

    private static HostArray draw(Shape shape, Rng rng, DoubleUnaryOperator f) {
        double[] u = uniforms(shape.intSize(), rng);
        float[] w = new float[u.length];
        for (int i = 0; i < w.length; i++) w[i] = (float) f.applyAsDouble(u[i]);
        return HostArray.of(w, shape);
    }

    /** Uniform in the open interval (0, 1), all 32 bits used: never 0, whose logarithm is infinite. */
    private static double[] uniforms(int n, Rng rng) {
        int[] bits = new int[n];
        Philox.bits(rng.next(), 0, 0, n, bits, 0);
        double[] u = new double[n];
        for (int i = 0; i < n; i++) u[i] = ((bits[i] & 0xffffffffL) + 0.5) * 0x1p-32;
        return u;
    }
}
