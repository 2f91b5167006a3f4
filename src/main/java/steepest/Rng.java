package steepest;

import steepest.op.Random;

/**
 * A source of random tensors. Each draw takes the next stream of the seed's generator, so the same seed and the same
 * order of draws give the same numbers on every device. Inside a captured {@link Program} a draw gets fresh bits at
 * every run. Not thread-safe.
 */
public final class Rng {
    private final long seed;
    private int next;

    /**
     * Where a random tensor's bits come from: see {@link Philox}.
     *
     * @param seed the generator's key
     * @param stream which tensor of that seed
     */
    public record Key(long seed, int stream) {}

    private Rng(long seed) {
        this.seed = seed;
    }

    public static Rng seed(long seed) {
        return new Rng(seed);
    }

    /** Another generator whose numbers have nothing to do with this one's, whatever is drawn from either. */
    public Rng fork(int index) {
        int[] w = new int[4];
        // a counter that no draw reaches: draws use run numbers from 0 up
        Philox.block(index, 0, -1, -1, (int) seed, (int) (seed >>> 32), w, 0);
        return new Rng((long) w[0] << 32 | w[1] & 0xffffffffL);
    }

    private Tensor draw(Random.Kind kind, Shape shape, Tensor... rows) {
        return Tensor.leaf(new Random(kind, shape), next(), rows);
    }

    /** Takes the next stream, for numbers made on the host: see {@link Philox#bits}. */
    public Key next() {
        return new Key(seed, next++);
    }

    /** Uniform in [0, 1), F32. */
    public Tensor uniform(Shape shape) {
        return draw(Random.Kind.UNIFORM, shape);
    }

    /** Uniform in [lo, hi), F32. */
    public Tensor uniform(Shape shape, double lo, double hi) {
        return uniform(shape).mul(hi - lo).add(lo);
    }

    /**
     * Uniform in [0, 1), F32, each row by its own number: row b has the bits of {@code rows[b]}, wherever it stands in the
     * batch. So a sample's random start depends on which sample it is, not on its neighbours.
     *
     * @param shape {@code [B, …]}
     * @param rows I32 {@code [B]}, the rows' numbers
     */
    public Tensor uniform(Shape shape, Tensor rows) {
        return draw(Random.Kind.UNIFORM, shape, rows);
    }

    /** Standard normal, F32, each row by its own number as in {@link #uniform(Shape, Tensor)}. */
    public Tensor normal(Shape shape, Tensor rows) {
        return boxMuller(uniform(shape, rows), uniform(shape, rows));
    }

    /** Uniform over all I32. */
    public Tensor bits(Shape shape) {
        return draw(Random.Kind.BITS, shape);
    }

    /** Uniform over all I32, each row by its own number as in {@link #uniform(Shape, Tensor)}. */
    public Tensor bits(Shape shape, Tensor rows) {
        return draw(Random.Kind.BITS, shape, rows);
    }

    /** Standard normal, F32, by Box and Muller's transform (1958). */
    public Tensor normal(Shape shape) {
        return boxMuller(uniform(shape), uniform(shape));
    }

    private static Tensor boxMuller(Tensor u, Tensor v) {
        Tensor radius = u.neg().log1p().mul(-2).sqrt(); // log(1 − u): u may be 0, never 1
        return radius.mul(v.mul(2 * Math.PI).cos());
    }

    /** 1 with probability p, else 0, F32. */
    public Tensor bernoulli(Shape shape, double p) {
        return uniform(shape).lt(p).cast(DType.F32);
    }

    /** The integers 0 … n−1 in random order, I32 {@code [n]}. */
    public Tensor permutation(int n) {
        return bits(Shape.of(n)).sort(0, false).indices();
    }
}
