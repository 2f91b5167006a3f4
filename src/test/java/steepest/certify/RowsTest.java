package steepest.certify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static steepest.nn.Layers.dense;
import static steepest.nn.Layers.maxPool1d;
import static steepest.nn.Layers.maxPool2d;
import static steepest.nn.Layers.relu;

import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import steepest.Device;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.Tensor;
import steepest.nn.Form;
import steepest.nn.Layer;
import steepest.nn.Sequential;

/** Rows computed in single precision lie below the functions that they stand for, computed in double. */
class RowsTest {
    private static final int ROWS = 40;

    @BeforeAll
    static void inSinglePrecision() {
        Device.setDefault(Device.of("cpu"));
    }

    @AfterAll
    static void inDoublePrecision() {
        Device.setDefault(Device.ref());
    }

    /** Uniform in [−scale, scale]. */
    private static float[] random(long seed, int n, double scale) {
        Random random = new Random(seed);
        float[] u = new float[n];
        for (int i = 0; i < n; i++) u[i] = (float) (scale * (2 * random.nextDouble() - 1));
        return u;
    }

    private static Tensor uniform(long seed, int... dims) {
        Shape shape = Shape.of(dims);
        return Tensor.of(HostArray.of(random(seed, shape.intSize(), 1), shape));
    }

    private static Rows rows(float[] a, boolean sound, int... sample) {
        Shape shape = Shape.of(1, ROWS).concat(Shape.of(sample));
        return new Rows(Tensor.of(HostArray.of(a.clone(), shape)), Tensor.zeros(1, ROWS), sound);
    }

    private static Box point(float[] x, int... sample) {
        Tensor t = Tensor.of(HostArray.of(x.clone(), Shape.of(1).concat(Shape.of(sample))));
        return new Box(t, t);
    }

    private static Box box(float[] low, float[] high, int... sample) {
        return new Box(point(low, sample).low(), point(high, sample).low());
    }

    private static double dot(float[] a, int from, double[] z) {
        double sum = 0;
        for (int i = 0; i < z.length; i++) sum += a[from + i] * z[i];
        return sum;
    }

    private static double[] doubles(float[] x) {
        double[] d = new double[x.length];
        for (int i = 0; i < d.length; i++) d[i] = x[i];
        return d;
    }

    /** Widened rows stay below what is exact; the test of the test: those that are not do not. */
    private static void below(Function<Boolean, double[]> found, double[] exact) {
        double[] sound = found.apply(true);
        double[] bare = found.apply(false);
        int wrong = 0;
        for (int r = 0; r < ROWS; r++) {
            assertThat(sound[r]).isLessThanOrEqualTo(exact[r]);
            if (bare[r] > exact[r]) wrong++;
        }
        assertThat(wrong).as("rows that rounding lifts above what is exact").isGreaterThan(3);
    }

    /** Rows behind a layer, at a point of its inputs, evaluated without rounding. */
    private static double[] pulledBack(Layer layer, float[] a, boolean sound, int[] out, Box box, float[] at) {
        Rows before = rows(a, sound, out).through(layer, box);
        float[] slopes = before.a().toFloats();
        float[] b = before.b().toFloats();
        double[] value = new double[ROWS];
        for (int r = 0; r < ROWS; r++) value[r] = dot(slopes, r * at.length, doubles(at)) + b[r];
        return value;
    }

    @Test
    void theSumOfARow() {
        int n = 3000;
        float[] a = random(1, ROWS * n, 50);
        float[] x = random(2, n, 1);
        double[] exact = new double[ROWS];
        for (int r = 0; r < ROWS; r++) exact[r] = dot(a, r * n, doubles(x));
        below(sound -> doubles(rows(a, sound, n).least(point(x, n)).toFloats()), exact);
    }

    private static Sequential layer(int in, int out, float[] w, float[] bias) {
        Sequential net = Sequential.of(dense(in, out)).init(Rng.seed(0));
        net.params().get(0).set(HostArray.of(w.clone(), Shape.of(out, in)));
        net.params().get(1).set(HostArray.of(bias.clone(), Shape.of(out)));
        return net;
    }

    private static double[] affine(float[] w, float[] bias, float[] x) {
        double[] z = new double[bias.length];
        for (int i = 0; i < z.length; i++) z[i] = dot(w, i * x.length, doubles(x)) + bias[i];
        return z;
    }

    private static double[] exact(float[] a, double[] z) {
        double[] exact = new double[ROWS];
        for (int r = 0; r < ROWS; r++) exact[r] = dot(a, r * z.length, z);
        return exact;
    }

    @Test
    void theProductWithWeights() {
        int in = 50;
        int out = 800;
        float[] a = random(3, ROWS * out, 1);
        float[] w = random(4, out * in, 50);
        float[] x = random(5, in, 1);
        Layer dense = layer(in, out, w, new float[out]).layers().get(0);
        below(
                sound -> pulledBack(dense, a, sound, new int[] {out}, point(x, in), x),
                exact(a, affine(w, new float[out], x)));
    }

    @Test
    void theProductWithBiases() {
        int out = 800;
        float[] a = random(6, ROWS * out, 1);
        float[] bias = random(7, out, 50);
        Layer dense = layer(1, out, new float[out], bias).layers().get(0);
        below(
                sound -> pulledBack(dense, a, sound, new int[] {out}, point(new float[1], 1), new float[1]),
                exact(a, doubles(bias)));
    }

    /** At one end of the box, where the chord meets the rectifier. */
    @Test
    void theProductWithChords() {
        int n = 20;
        float[] a = random(8, ROWS * n, 1);
        float[] low = random(9, n, 0.5);
        float[] high = random(10, n, 0.5);
        for (int i = 0; i < n; i++) {
            low[i] -= 1;
            high[i] += 1;
        }
        Box box = box(low, high, n);
        double[] top = doubles(high);
        for (int i = 0; i < a.length; i++) a[i] = -Math.abs(a[i]); // the chord is what bounds
        below(sound -> pulledBack(relu(), a, sound, new int[] {n}, box, high), exact(a, top));
    }

    @Test
    void theProductWithPlanesOverWindows() {
        float[] a = random(11, ROWS * 9, 1);
        for (int i = 0; i < a.length; i++) a[i] = -Math.abs(a[i]);
        float[] low = random(12, 36, 1);
        float[] high = low.clone();
        // one element of each window can be the largest alone, and is at its top
        double[] largest = new double[9];
        for (int w = 0; w < 9; w++) {
            int at = 12 * (w / 3) + 2 * (w % 3);
            low[at] = 1.5f + low[at] / 4;
            high[at] = low[at] + 1;
            largest[w] = high[at];
        }
        Box box = box(low, high, 1, 6, 6);
        Layer pool = maxPool2d(2);
        below(sound -> pulledBack(pool, a, sound, new int[] {1, 3, 3}, box, high), exact(a, largest));
    }

    @Test
    void planesHoldTheLargestOfAWindowBetweenThem() {
        Sequential pool = Sequential.of(maxPool2d(2));
        Form.Max form = (Form.Max) pool.layers().get(0).form();
        Tensor a = uniform(41, 50, 1, 2, 2);
        Tensor b = uniform(42, 50, 1, 2, 2);
        Box box = new Box(a.minimum(b), a.maximum(b));
        Relaxation planes = Relaxation.max(form, box, true);
        for (int corner = 0; corner < 16; corner++) {
            Tensor at = Tensor.of(corner & 1, corner >> 1 & 1, corner >> 2 & 1, corner >> 3)
                    .reshape(1, 1, 2, 2)
                    .gt(0)
                    .broadcastTo(a.shape());
            Tensor x = Tensor.where(at, box.high(), box.low());
            Tensor windows = form.windows().apply(x);
            float[] most = windows.max(1).toFloats();
            float[] above =
                    windows.mul(planes.above()).sum(1).add(planes.intercept()).toFloats();
            float[] below = windows.mul(planes.below()).sum(1).toFloats();
            for (int i = 0; i < most.length; i++) assertThat(most[i]).isBetween(below[i], above[i]);
        }
        // of the unit square the plane (1 + x₀ + x₁) / 2 is the closest
        Box square = new Box(Tensor.zeros(1, 1, 2), Tensor.ones(1, 1, 2));
        Relaxation even = Relaxation.max((Form.Max) maxPool1d(2).form(), square, true);
        assertThat(even.above().toFloats()).containsOnly(0.5f);
        assertThat(even.intercept().item()).isCloseTo(0.5, within(1e-4));
    }

    /**
     * A product a W is charged twice for, since the network rounds its W x too, and a bias once: it is added in the network.
     * Which sums would need all of that depends on their order; so here the charge itself is looked at.
     */
    @Test
    void whatIsChargedForAnAffineLayer() {
        int in = 300;
        int out = 20;
        float[] a = random(13, ROWS * out, 1);
        float[] w = random(14, out * in, 1);
        float[] bias = random(15, out, 30);
        float[] x = random(16, in, 1);
        Layer dense = layer(in, out, w, bias).layers().get(0);
        float[] sound = rows(a, true, out).through(dense, point(x, in)).b().toFloats();
        float[] bare = rows(a, false, out).through(dense, point(x, in)).b().toFloats();
        for (int r = 0; r < ROWS; r++) {
            double products = 0;
            double biases = 0;
            for (int i = 0; i < out; i++) {
                double row = 0;
                for (int j = 0; j < in; j++) row += Math.abs((double) w[i * in + j] * x[j]);
                products += Math.abs(a[r * out + i]) * row;
                biases += Math.abs((double) a[r * out + i] * bias[i]);
            }
            double due = Rounding.gamma(in) * (2 * products + biases);
            assertThat((double) bare[r] - sound[r]).isBetween(0.98 * due, 1.1 * due + Rounding.gamma(out) * biases);
        }
    }

    /** For the plane above where a row is negative, and for the row's product with a plane everywhere. */
    @Test
    void whatIsChargedForPlanes() {
        // the plane above passes near 0: what the sum over intercepts is charged does not matter
        float[] low = random(17, 36, 0.01);
        float[] high = random(18, 36, 0.5);
        for (int i = 0; i < 36; i++) {
            low[i] -= 0.02f;
            high[i] += 2;
        }
        Box box = box(low, high, 36);
        double[] of = new double[36];
        for (int i = 0; i < 36; i++) of[i] = Rounding.gamma(1) * high[i];
        charged(relu(), new int[] {36}, box, of);

        // one element of each window can be the largest alone: the plane above is itself
        double[] windows = new double[9];
        for (int i = 0; i < 36; i++) {
            boolean first = i % 2 == 0 && i / 6 % 2 == 0;
            high[i] = first ? 2 : 0.5f;
            low[i] = first ? 1 : 0.25f;
            windows[i / 12 * 3 + i % 6 / 2] += Rounding.gamma(4) * high[i];
        }
        charged(maxPool2d(2), new int[] {1, 3, 3}, box(low, high, 1, 6, 6), windows);
    }

    private static void charged(Layer layer, int[] out, Box box, double[] each) {
        float[] a = random(19, ROWS * each.length, 1);
        float[] sound = rows(a, true, out).through(layer, box).b().toFloats();
        float[] bare = rows(a, false, out).through(layer, box).b().toFloats();
        for (int r = 0; r < ROWS; r++) {
            double due = 0;
            for (int i = 0; i < each.length; i++) {
                float c = a[r * each.length + i];
                due += Math.abs(c) * each[i] * (c < 0 ? 2 : 1);
            }
            assertThat((double) bare[r] - sound[r]).isBetween(0.97 * due, 1.1 * due);
        }
    }
}
