package steepest.certify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static steepest.nn.Layers.*;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.DType;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Layer;
import steepest.nn.Sequential;
import steepest.nn.Weights;

class BoundsTest {
    private static final Dataset.Domain UNIT = Dataset.Domain.UNIT;
    /** What widening may take of bounds of about 1. */
    private static final double SLACK = 1e-4;

    @BeforeAll
    static void inDoublePrecision() {
        Device.setDefault(Device.ref());
    }

    private static float[] uniform(long seed, int n) {
        Random random = new Random(seed);
        float[] u = new float[n];
        for (int i = 0; i < n; i++) u[i] = random.nextFloat();
        return u;
    }

    /** Random samples of a shape in the unit interval. */
    private static Tensor samples(long seed, int n, Shape sample) {
        Shape shape = Shape.of(n).concat(sample);
        return Tensor.of(HostArray.of(uniform(seed, shape.intSize()), shape));
    }

    /** A network with the weights and biases given, in order. */
    private static Sequential with(Sequential net, float[]... values) {
        net.init(Rng.seed(0));
        Map<String, HostArray> all = Weights.of(net);
        int i = 0;
        for (var v : net.params())
            v.set(HostArray.of(values[i++], all.get(v.name()).shape()));
        return net;
    }

    /** Random weights and random biases. */
    private static Sequential random(long seed, Layer... layers) {
        Sequential net = Sequential.of(layers).init(Rng.seed(seed));
        for (var v : net.params())
            if (v.name().endsWith("bias")) {
                float[] b = uniform(seed + 1, v.shape().intSize());
                for (int i = 0; i < b.length; i++) b[i] -= 0.5f;
                v.set(HostArray.of(b, v.shape()));
            }
        return net;
    }

    private static float[] margins(Sequential net, Method method, Tensor x, int[] y, double epsilon) {
        return Bounds.sound(net, method)
                .margins(x, Tensor.of(y), Tensor.scalar(epsilon), UNIT)
                .toFloats();
    }

    private static int[] classes(int n, int k) {
        int[] y = new int[n];
        for (int i = 0; i < n; i++) y[i] = i % k;
        return y;
    }

    // ---- closed forms ----

    @ParameterizedTest
    @EnumSource(Method.class)
    void oneRectifierIsBoundedExactly(Method method) {
        // relu(2 x − 1) on [0.2, 0.9], then −3 z + 1
        Sequential net = with(
                Sequential.of(dense(1, 1), relu(), dense(1, 1)),
                new float[] {2},
                new float[] {-1},
                new float[] {-3},
                new float[] {1});
        Box box = new Box(Tensor.of(new float[][] {{0.2f}}), Tensor.of(new float[][] {{0.9f}}));
        List<Box> boxes = Bounds.sound(net, method).boxes(box);
        assertThat(boxes.get(1).low().item()).isCloseTo(-0.6, within(SLACK));
        assertThat(boxes.get(1).high().item()).isCloseTo(0.8, within(SLACK));
        assertThat(boxes.get(2).low().item()).isEqualTo(0);
        assertThat(boxes.get(3).low().item()).isCloseTo(-1.4, within(SLACK));
        assertThat(boxes.get(3).high().item()).isCloseTo(1, within(SLACK));
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void aLinearNetworkIsBoundedByTheDualNorm(Method method) {
        Sequential net = random(3, flatten(), dense(12, 5));
        Tensor x = samples(4, 6, Shape.of(3, 2, 2)).mul(0.5).add(0.25); // the domain does not cut the ball
        int[] y = classes(6, 5);
        double eps = 0.1;
        float[] found = margins(net, method, x, y, eps);
        float[] w = net.params().get(0).read().toFloats();
        float[] z = net.apply(x).toFloats();
        for (int i = 0; i < 6; i++)
            for (int j = 0; j < 5; j++) {
                double l1 = 0;
                for (int p = 0; p < 12; p++) l1 += Math.abs((double) w[y[i] * 12 + p] - w[j * 12 + p]);
                double exact = z[i * 5 + y[i]] - z[i * 5 + j] - eps * l1;
                assertThat((double) found[i * 5 + j]).isCloseTo(exact, within(SLACK));
            }
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void aNetworkThatIsAffineOnTheWholeBallIsBoundedExactlyByLinearBounds(Method method) {
        // all rectifiers far above 0: x ↦ 2 x₀ − (x₀ + x₁) + … cancels in the margin, which intervals do not see
        Sequential net = with(
                Sequential.of(dense(2, 2), relu(), dense(2, 2)),
                new float[] {1, 1, 1, -1},
                new float[] {5, 5},
                new float[] {1, 1, 0, 1},
                new float[] {0, 0});
        Tensor x = Tensor.of(new float[][] {{0.5f, 0.5f}});
        // z₀ − z₁ is the first rectifier: x₀ + x₁ + 5
        float[] found = margins(net, method, x, new int[] {0}, 0.1);
        assertThat((double) found[1]).isCloseTo(5.8, within(2e-3));
        Box logits = Bounds.sound(net, method)
                .boxes(Box.ball(x, Tensor.scalar(0.1), UNIT))
                .get(3);
        // z₀ = 2 x₀ + 10
        assertThat(logits.low().toFloats()[0]).isCloseTo(method == Method.CROWN ? 10.8f : 10.6f, within(2e-3f));
    }

    // ---- soundness ----

    static List<Sequential> networks() {
        return List.of(
                random(11, flatten(), dense(36, 20), relu(), dense(20, 12), relu(), dense(12, 4)),
                random(
                        12,
                        conv2d(1, 3, 3),
                        relu(),
                        conv2d(3, 4, 3).stride(2).padding(1),
                        relu(),
                        flatten(),
                        dense(16, 4)),
                random(
                        13,
                        conv2d(1, 3, 3).padding(1),
                        relu(),
                        maxPool2d(2),
                        conv2d(3, 4, 2),
                        relu(),
                        flatten(),
                        dense(16, 4)),
                random(
                        14,
                        conv2d(1, 2, 3),
                        maxPool2d(3, 1, 1),
                        relu(),
                        avgPool2d(2),
                        flatten(),
                        dense(8, 6),
                        relu(),
                        dense(6, 4)),
                random(
                        15,
                        conv2d(1, 4, 3),
                        relu(),
                        avgPool2d(2, 2, 1, false),
                        globalMaxPool(),
                        dense(4, 5),
                        relu(),
                        dense(5, 4)),
                random(16, flatten(), dense(36, 9), relu(), dense(9, 7), purelin(), dense(7, 4), dense(4, 4)),
                random(17, Sequential.of(flatten(), dense(36, 10), poslin()), dropout(0.5), dense(10, 4), relu()));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void noPointOfTheBallLeavesTheBounds(Sequential net) {
        int n = 3;
        double eps = 0.08;
        Tensor x = samples(5, n, Shape.of(1, 6, 6));
        int[] y = classes(n, 4);
        for (Method method : Method.values()) {
            Bounds bounds = Bounds.sound(net, method);
            List<Box> boxes = bounds.boxes(Box.ball(x, Tensor.scalar(eps), UNIT));
            float[] margins = margins(net, method, x, y, eps);
            for (int trial = 0; trial < 40; trial++) {
                // corners first, then points
                Tensor noise = samples(100 + trial, n, Shape.of(1, 6, 6)).mul(2).sub(1);
                Tensor at = x.add((trial < 20 ? noise.sign() : noise).mul(eps)).clamp(0, 1);
                Tensor z = at;
                int layer = 0;
                List<Layer> layers = new ArrayList<>();
                flat(net, layers);
                for (Layer l : layers) {
                    z = l.apply(z);
                    layer++;
                    inside(boxes.get(layer), z, net + " by " + method + ", layer " + layer);
                }
                float[] logits = z.toFloats();
                for (int i = 0; i < n; i++)
                    for (int j = 0; j < 4; j++)
                        assertThat(logits[i * 4 + y[i]] - logits[i * 4 + j])
                                .as("%s by %s", net, method)
                                .isGreaterThanOrEqualTo(margins[i * 4 + j]);
            }
        }
    }

    private static void flat(Sequential net, List<Layer> layers) {
        for (Layer l : net.layers())
            if (l instanceof Sequential s) flat(s, layers);
            else layers.add(l);
    }

    private static void inside(Box box, Tensor z, String what) {
        float[] low = box.low().toFloats();
        float[] high = box.high().toFloats();
        float[] at = z.toFloats();
        for (int i = 0; i < at.length; i++) assertThat(at[i]).as(what).isBetween(low[i], high[i]);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void linearBoundsAreNoLooserThanIntervals(Sequential net) {
        Tensor x = samples(6, 4, Shape.of(1, 6, 6));
        int[] y = classes(4, 4);
        for (double eps : new double[] {0, 0.01, 0.05, 0.3}) {
            float[] ibp = margins(net, Method.IBP, x, y, eps);
            float[] mixed = margins(net, Method.CROWN_IBP, x, y, eps);
            float[] crown = margins(net, Method.CROWN, x, y, eps);
            for (int i = 0; i < ibp.length; i++) {
                assertThat(mixed[i]).isGreaterThanOrEqualTo(ibp[i]);
                assertThat(crown[i]).isGreaterThanOrEqualTo(ibp[i]);
            }
        }
    }

    /** Two inputs: what the network does on the whole box is seen on a grid. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25})
    void onTinyNetworksLinearBoundsAreNearTheTruth(long seed) {
        Sequential net = random(seed, dense(2, 4), relu(), dense(4, 3), relu(), dense(3, 2));
        Tensor x = samples(seed, 1, Shape.of(2)).mul(0.8).add(0.1);
        int side = 101;
        double eps = 0.05;
        float[] at = x.toFloats();
        float[] grid = new float[side * side * 2];
        for (int i = 0; i < side; i++)
            for (int j = 0; j < side; j++) {
                grid[(i * side + j) * 2] = (float) (at[0] + eps * (2.0 * i / (side - 1) - 1));
                grid[(i * side + j) * 2 + 1] = (float) (at[1] + eps * (2.0 * j / (side - 1) - 1));
            }
        float[] z = net.apply(Tensor.of(HostArray.of(grid, Shape.of(side * side, 2))))
                .toFloats();
        double truth = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < side * side; i++) {
            truth = Math.min(truth, (double) z[2 * i] - z[2 * i + 1]);
            most = Math.max(most, (double) z[2 * i] - z[2 * i + 1]);
        }
        double crown = margins(net, Method.CROWN, x, new int[] {0}, eps)[1];
        double ibp = margins(net, Method.IBP, x, new int[] {0}, eps)[1];
        assertThat(crown).isLessThanOrEqualTo(truth);
        // of what intervals give away linear bounds give away a hundredth
        assertThat(truth - crown).isLessThan(SLACK + 0.01 * (truth - ibp));
    }

    // ---- layers ----

    /** An affine layer as the dense one that does the same to flattened samples. */
    private static Layer asDense(Layer layer, Shape in) {
        int n = in.intSize();
        Tensor units =
                Tensor.iota(n).oneHot(n).cast(DType.F32).reshape(Shape.of(n).concat(in));
        Tensor bias = layer.apply(Tensor.zeros(Shape.of(1).concat(in).dims())).flatten(1);
        Tensor columns = layer.apply(units).flatten(1).sub(bias); // [in, out]
        int out = columns.shape().dim(1);
        return with(Sequential.of(dense(n, out)), columns.t().toFloats(), bias.toFloats());
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void convolutionsAndMeansAreBoundedAsTheirMatrices(Method method) {
        Shape in = Shape.of(1, 6, 6);
        Layer conv = random(31, conv2d(1, 3, 3).stride(2).padding(1)); // [3, 3, 3]
        Layer pool = avgPool2d(2, 1, 0); // [3, 2, 2]
        Layer last = random(32, dense(12, 4));
        Sequential net = Sequential.of(conv, relu(), pool, flatten(), last);
        Sequential dense = Sequential.of(flatten(), asDense(conv, in), relu(), asDense(pool, Shape.of(3, 3, 3)), last);
        Tensor x = samples(33, 4, in);
        int[] y = classes(4, 4);
        float[] found = margins(net, method, x, y, 0.05);
        float[] expected = margins(dense, method, x, y, 0.05);
        for (int i = 0; i < found.length; i++) assertThat((double) found[i]).isCloseTo(expected[i], within(SLACK));
    }

    // ---- rounding ----

    /** Sums of thousands of large numbers that cancel: single precision is far from the truth, and the bounds hold it. */
    @ParameterizedTest
    @EnumSource(Method.class)
    void boundsInSinglePrecisionHoldWhatDoublePrecisionSays(Method method) {
        int n = 3000;
        Device.setDefault(Device.of("cpu"));
        try {
            float[] w = uniform(51, 2 * n);
            for (int i = 0; i < w.length; i++) w[i] = 100 * (w[i] - 0.5f);
            float[] bias = {1000, -1000};
            float[] last = {1, 2, 3, 4};
            float[] none = {0, 0};
            Sequential net = with(Sequential.of(dense(n, 2), relu(), dense(2, 2)), w, bias, last, none);
            float[] x = uniform(52, n);
            double[] hidden = new double[2];
            for (int k = 0; k < 2; k++) {
                hidden[k] = bias[k];
                for (int i = 0; i < n; i++) hidden[k] += (double) w[k * n + i] * x[i];
            }
            Tensor sample = Tensor.of(HostArray.of(x, Shape.of(1, n)));
            Box point = new Box(sample, sample);
            float[] low = Bounds.sound(net, method).boxes(point).get(1).low().toFloats();
            float[] high = Bounds.sound(net, method).boxes(point).get(1).high().toFloats();
            float[] bare = Bounds.training(net).boxes(point).get(1).low().toFloats();
            for (int k = 0; k < 2; k++) {
                assertThat(hidden[k]).isBetween((double) low[k], (double) high[k]);
                // the test of the test: without widening the interval is a point beside the truth
                assertThat((double) bare[k]).isNotEqualTo(hidden[k]);
            }
        } finally {
            Device.setDefault(Device.ref());
        }
    }

    /** A point is a ball in which nothing but rounding moves the logits: the bound on a margin is just below it. */
    @ParameterizedTest
    @EnumSource(Method.class)
    void ofAPointOnlyRoundingIsTakenOff(Method method) {
        Sequential net = random(
                55,
                conv2d(2, 24, 3).padding(1),
                relu(),
                maxPool2d(2),
                flatten(),
                dense(600, 300),
                relu(),
                dense(300, 4));
        int n = 40;
        Tensor x = samples(56, n, Shape.of(2, 10, 10));
        int[] y = classes(n, 4);
        float[] logits = net.apply(x).toFloats(); // on ref, in double precision
        float[] sound = onCpu(new Bounds(net, method, true, 1 << 22), x, y);
        float[] bare = onCpu(new Bounds(net, method, false, 1 << 22), x, y);
        int wrong = 0;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < 4; j++) {
                double exact = (double) logits[i * 4 + y[i]] - logits[i * 4 + j];
                assertThat((double) sound[i * 4 + j]).isBetween(exact - 0.2, exact);
                if (bare[i * 4 + j] > exact) wrong++;
            }
        assertThat(wrong)
                .as("margins that bounds without regard to rounding get wrong")
                .isGreaterThan(10);
    }

    private static float[] onCpu(Bounds bounds, Tensor x, int[] y) {
        try (Program p = Program.of((s, t) -> Step.of(bounds.margins(s, t, Tensor.scalar(0), UNIT)))
                .on(Device.of("cpu"))) {
            return p.call(x, Tensor.of(y)).toFloats();
        }
    }

    // ---- use ----

    @Test
    void trainingBoundsHaveTheirGradient() {
        Sequential net = random(61, conv2d(1, 2, 3).stride(2), relu(), flatten(), dense(8, 3));
        Tensor x = samples(62, 2, Shape.of(1, 6, 6));
        Tensor y = Tensor.of(0, 2);
        Bounds bounds = Bounds.training(net);
        var weight = net.params().get(0);
        float[] w = weight.read().toFloats();
        java.util.function.Supplier<Tensor> total =
                () -> bounds.margins(x, y, Tensor.scalar(0.05), UNIT).sum();
        float[] gradient = total.get().grad(weight).toFloats();
        float h = 1e-3f;
        for (int i = 0; i < w.length; i += 5) {
            float[] moved = w.clone();
            moved[i] = w[i] + h;
            weight.set(HostArray.of(moved.clone(), weight.shape()));
            double up = total.get().item();
            moved[i] = w[i] - h;
            weight.set(HostArray.of(moved.clone(), weight.shape()));
            double down = total.get().item();
            weight.set(HostArray.of(w.clone(), weight.shape()));
            assertThat((double) gradient[i]).isCloseTo((up - down) / (2 * h), within(2e-2));
        }
    }

    @Test
    void rowsAreCounted() {
        Sequential net = networks().get(1); // 1×6×6, 3×4×4 rectifiers, 4×2×2 rectifiers, 4 logits
        Shape sample = Shape.of(1, 6, 6);
        assertThat(Bounds.sound(net, Method.IBP).rows(sample)).isZero();
        assertThat(Bounds.sound(net, Method.CROWN_IBP).rows(sample)).isEqualTo(4);
        assertThat(Bounds.sound(net, Method.CROWN).rows(sample)).isEqualTo(4 + 2 * 16);
    }

    @Test
    void rowsMayComeAFewAtATime() {
        Sequential net = networks().get(2);
        Tensor x = samples(72, 2, Shape.of(1, 6, 6));
        Tensor y = Tensor.of(1, 3);
        for (long room : new long[] {1, 2000}) {
            float[] parts = new Bounds(net, Method.CROWN, true, room)
                    .margins(x, y, Tensor.scalar(0.05), UNIT)
                    .toFloats();
            float[] whole = margins(net, Method.CROWN, x, new int[] {1, 3}, 0.05);
            for (int i = 0; i < whole.length; i++) assertThat(parts[i]).isCloseTo(whole[i], within(1e-5f));
        }
    }

    @Test
    void onCpuBoundsAreThoseOfTheReference() {
        agree("cpu");
    }

    @Test
    @Tag("opencl")
    void onOpenClBoundsAreThoseOfTheReference() {
        boolean there = Device.list().stream().anyMatch(d -> d.id().startsWith("opencl:"));
        assumeTrue(there || Boolean.getBoolean("steepest.requireOpenCL"), "no OpenCL device");
        agree("opencl");
    }

    private static void agree(String device) {
        Sequential net = networks().get(2);
        Tensor x = samples(71, 4, Shape.of(1, 6, 6));
        int[] y = classes(4, 4);
        float[] expected = margins(net, Method.CROWN, x, y, 0.05);
        Bounds bounds = Bounds.sound(net, Method.CROWN);
        try (Program p = Program.of((s, t) -> Step.of(bounds.margins(s, t, Tensor.scalar(0.05), UNIT)))
                .on(Device.of(device))) {
            float[] found = p.call(x, Tensor.of(y)).toFloats();
            for (int i = 0; i < found.length; i++) assertThat((double) found[i]).isCloseTo(expected[i], within(SLACK));
        }
    }

    @Test
    void aLayerThatCannotBeBoundedIsNamed() {
        Sequential net =
                Sequential.of(flatten(), dense(4, 4), tanh(), dense(4, 2)).init(Rng.seed(0));
        assertThatThrownBy(() -> Bounds.sound(net, Method.IBP))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith("tanh(): expected a network of dense, convolution, relu");
        Sequential images = Sequential.of(conv2d(1, 2, 3)).init(Rng.seed(0));
        assertThatThrownBy(() -> margins(images, Method.IBP, samples(1, 1, Shape.of(1, 4, 4)), new int[1], 0.1))
                .hasMessageContaining("expected logits [K] for each sample, got [2,2,2]");
        assertThatThrownBy(() -> Method.of("crowns"))
                .hasMessage("unknown method crowns; there are ibp, crown-ibp, crown");
    }
}
