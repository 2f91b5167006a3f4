package steepest.attack;

import java.util.Locale;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * How far a perturbation reaches, and the geometry of the balls that go with it. Tensors are batches {@code [B, …]}, each
 * sample by itself.
 */
public enum Norm {
    /** The largest change of a pixel. */
    LINF("linf") {
        @Override
        public Tensor of(Tensor delta) {
            return Batched.max(delta.abs());
        }

        @Override
        public Tensor ascent(Tensor g) {
            return g.sign();
        }

        @Override
        public Tensor project(Tensor x, Tensor z, double epsilon, Tensor lo, Tensor hi) {
            return z.clamp(x.sub(epsilon), x.add(epsilon)).clamp(lo, hi);
        }

        @Override
        public Tensor noise(Rng rng, Shape shape, Tensor rows, double epsilon) {
            return rng.uniform(shape, rows).mul(2 * epsilon).sub(epsilon);
        }

        @Override
        public double of(float[] a, float[] b, int from, int to) {
            double m = 0;
            for (int i = from; i < to; i++) m = Math.max(m, Math.abs((double) a[i] - b[i]));
            return m;
        }
    },
    /** The Euclidean length. */
    L2("l2") {
        @Override
        public Tensor of(Tensor delta) {
            return Batched.sum(delta.square()).sqrt();
        }

        @Override
        public Tensor ascent(Tensor g) {
            // scaled first: the square of a small gradient underflows
            Tensor scaled = Batched.scale(g, Batched.max(g.abs()).maximum(TINY).reciprocal());
            return Batched.scale(scaled, of(scaled).maximum(TINY).reciprocal());
        }

        @Override
        public Tensor project(Tensor x, Tensor z, double epsilon, Tensor lo, Tensor hi) {
            Tensor d = z.sub(x);
            Tensor factor = Tensor.scalar(epsilon).div(of(d).maximum(TINY)).minimum(1);
            return x.add(Batched.scale(d, factor)).clamp(lo, hi);
        }

        @Override
        public Tensor noise(Rng rng, Shape shape, Tensor rows, double epsilon) {
            Tensor direction = ascent(rng.normal(shape, rows));
            return Batched.scale(direction, radius(rng, shape, rows).mul(epsilon));
        }

        @Override
        public double of(float[] a, float[] b, int from, int to) {
            double s = 0;
            for (int i = from; i < to; i++) s += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
            return Math.sqrt(s);
        }
    },
    /** The sum of all changes. */
    L1("l1") {
        @Override
        public Tensor of(Tensor delta) {
            return Batched.sum(delta.abs());
        }

        @Override
        public Tensor ascent(Tensor g) {
            return g.sign().flatten(1).mul(g.abs().flatten(1).compet(1)).reshape(g.shape());
        }

        /**
         * The nearest point in ball and box together: every change shrinks by one λ and stops at its pixel's room (Croce
         * and Hein, "Mind the box: l1-APGD for sparse adversarial attacks on image classifiers", ICML 2021, section
         * 2.1). λ is found by bisection, from the side on which the ball is kept.
         */
        @Override
        public Tensor project(Tensor x, Tensor z, double epsilon, Tensor lo, Tensor hi) {
            Tensor d = z.sub(x).flatten(1);
            Tensor size = d.abs();
            Tensor room = Tensor.where(z.gt(x), hi.sub(x), x.sub(lo)).flatten(1);
            Tensor above = size.maxKeep(1);
            Tensor below = above.mul(0);
            Tensor inside = size.minimum(room).sumKeep(1).le(epsilon);
            for (int i = 0; i < 30; i++) {
                Tensor middle = above.add(below).mul(0.5);
                Tensor kept = shrunk(size, room, middle).sumKeep(1).le(epsilon);
                above = Tensor.where(kept, middle, above);
                below = Tensor.where(kept, below, middle);
            }
            Tensor lambda = Tensor.where(inside, above.mul(0), above);
            Tensor moved = shrunk(size, room, lambda).mul(d.sign()).reshape(x.shape());
            return x.add(moved).clamp(lo, hi);
        }

        private Tensor shrunk(Tensor size, Tensor room, Tensor lambda) {
            return size.sub(lambda).maximum(0).minimum(room);
        }

        @Override
        public Tensor noise(Rng rng, Shape shape, Tensor rows, double epsilon) {
            Tensor laplace = laplace(rng.uniform(shape, rows));
            Tensor direction = Batched.scale(laplace, of(laplace).maximum(TINY).reciprocal());
            return Batched.scale(direction, radius(rng, shape, rows).mul(epsilon));
        }

        @Override
        public double of(float[] a, float[] b, int from, int to) {
            double s = 0;
            for (int i = from; i < to; i++) s += Math.abs((double) a[i] - b[i]);
            return s;
        }
    },
    /** The number of changed elements. A ball of it is only counted, not projected upon. */
    L0("l0") {
        @Override
        public Tensor of(Tensor delta) {
            return Batched.sum(delta.ne(0).cast(steepest.DType.F32));
        }

        @Override
        public Tensor ascent(Tensor g) {
            return L1.ascent(g);
        }

        @Override
        public Tensor project(Tensor x, Tensor z, double epsilon, Tensor lo, Tensor hi) {
            throw SteepestException.of("norm l0: there is no projection on its ball");
        }

        @Override
        public Tensor noise(Rng rng, Shape shape, Tensor rows, double epsilon) {
            throw SteepestException.of("norm l0: there is no uniform start in its ball");
        }

        @Override
        public double of(float[] a, float[] b, int from, int to) {
            int n = 0;
            for (int i = from; i < to; i++) if (a[i] != b[i]) n++;
            return n;
        }
    };

    static final double TINY = 1e-30;

    private final String label;

    Norm(String label) {
        this.label = label;
    }

    /** The norm of each sample, {@code [B]}. */
    public abstract Tensor of(Tensor delta);

    /** The direction of unit norm in which the gradient climbs fastest; 0 where the gradient is 0. */
    public abstract Tensor ascent(Tensor gradient);

    /**
     * A point of the ball around x and of the box [lo, hi], near z: the nearest in the ball, then cut to the box (LINF, L1:
     * the nearest in both).
     *
     * @param lo broadcasts to x's shape, as {@code hi}
     */
    public abstract Tensor project(Tensor x, Tensor z, double epsilon, Tensor lo, Tensor hi);

    /** Uniform in the ball; row b has the bits of sample number {@code rows[b]}, I32 {@code [B]}. */
    public abstract Tensor noise(Rng rng, Shape shape, Tensor rows, double epsilon);

    /** The distance, in double precision, of elements {@code from} (inclusive) to {@code to} (exclusive). */
    public abstract double of(float[] a, float[] b, int from, int to);

    /** Of the Laplace distribution where u is uniform in [0, 1): finite for u = 0 too. */
    static Tensor laplace(Tensor u) {
        Tensor v = u.mul(2).sub(1);
        return v.sign().mul(v.abs().minimum(1 - 0x1p-24).neg().log1p());
    }

    /** The radius of a uniform point of the unit ball of D dimensions: u to the power 1/D, {@code [B]}. */
    private static Tensor radius(Rng rng, Shape shape, Tensor rows) {
        int b = shape.dim(0);
        double dimensions = Math.max(1, shape.size() / Math.max(1, b));
        return rng.uniform(Shape.of(b), rows).pow(1 / dimensions);
    }

    /** @throws SteepestException if there is no norm of that name */
    public static Norm of(String name) {
        for (Norm n : values()) if (n.label.equals(name.toLowerCase(Locale.ROOT))) return n;
        throw SteepestException.of("unknown norm %s; there are linf, l2, l1, l0", name);
    }

    /** {@code linf}, {@code l2}, {@code l1}, {@code l0}. */
    @Override
    public String toString() {
        return label;
    }
}
