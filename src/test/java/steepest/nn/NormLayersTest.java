package steepest.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static steepest.nn.Layers.*;

import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Pass;
import steepest.Philox;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;
import steepest.optim.Sgd;

class NormLayersTest {
    private static final double EPSILON = 1e-5;

    private static HostArray random(Shape shape, int stream) {
        int[] bits = new int[shape.intSize()];
        Philox.bits(new Rng.Key(11, stream), 0, 0, bits.length, bits, 0);
        float[] x = new float[bits.length];
        for (int i = 0; i < x.length; i++) x[i] = 4 * Philox.uniform(bits[i]) - 1;
        return HostArray.of(x, shape);
    }

    /** The layer with parameters away from 1 and 0. */
    private static <L extends Layer> L initialised(L layer) {
        layer.init(Rng.seed(0));
        int stream = 100;
        for (Variable v : layer.params()) v.set(random(v.shape(), stream++));
        return layer;
    }

    /** For each element (x − mean) / √(variance + ε) over those that have the same group. */
    private static double[] normalised(HostArray x, IntUnaryOperator group, double epsilon) {
        int n = x.size();
        double[] y = new double[n];
        for (int i = 0; i < n; i++) {
            double sum = 0;
            double square = 0;
            int count = 0;
            for (int j = 0; j < n; j++)
                if (group.applyAsInt(j) == group.applyAsInt(i)) {
                    sum += x.get(j);
                    count++;
                }
            double mean = sum / count;
            for (int j = 0; j < n; j++)
                if (group.applyAsInt(j) == group.applyAsInt(i)) square += Math.pow(x.get(j) - mean, 2);
            y[i] = (x.get(i) - mean) / Math.sqrt(square / count + epsilon);
        }
        return y;
    }

    private static void check(float[] got, double[] normal, Layer layer, IntUnaryOperator weight) {
        List<Variable> p = layer.params();
        for (int i = 0; i < got.length; i++) {
            double expected = p.isEmpty()
                    ? normal[i]
                    : normal[i] * p.get(0).toHost().get(weight.applyAsInt(i))
                            + p.get(1).toHost().get(weight.applyAsInt(i));
            assertThat(got[i]).as("%s, element %d", layer, i).isCloseTo((float) expected, within(2e-5f));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void eachNormalisesOverItsOwnElements(String device) {
        HostArray x = random(Shape.of(2, 4, 3, 2), 1);
        Tensor t = Tensor.of(x);
        // element i is [i / 24, i / 6 % 4, i / 2 % 3, i % 2]
        for (GroupNorm g : List.of(
                groupNorm(2, 4), groupNorm(4, 4).noAffine(), groupNorm(1, 4).epsilon(0.5))) {
            int size = 4 / Integer.parseInt(g.name().substring(10, 11));
            double epsilon = g.name().contains("epsilon") ? 0.5 : EPSILON;
            float[] y = OnDevice.apply(device, initialised(g), t);
            check(y, normalised(x, i -> i / 6 / size, epsilon), g, i -> i / 6 % 4);
        }
        for (GroupNorm g : List.of(instanceNorm2d(4), instanceNorm2d(4).affine()))
            check(OnDevice.apply(device, initialised(g), t), normalised(x, i -> i / 6, EPSILON), g, i -> i / 6 % 4);
        LayerNorm one = initialised(layerNorm(2));
        check(OnDevice.apply(device, one, t), normalised(x, i -> i / 2, EPSILON), one, i -> i % 2);
        LayerNorm two = initialised(layerNorm(3, 2));
        check(OnDevice.apply(device, two, t), normalised(x, i -> i / 6, EPSILON), two, i -> i % 6);
        LayerNorm all = initialised(layerNorm(4, 3, 2).noAffine());
        check(OnDevice.apply(device, all, t), normalised(x, i -> i / 24, EPSILON), all, i -> 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void rootMeanSquare(String device) {
        LayerNorm layer = initialised(rmsNorm(4).epsilon(0.25));
        HostArray w = layer.params().get(0).toHost();
        float[] y = OnDevice.apply(device, layer, OnDevice.tensor(Shape.of(2, 4), 1, -1, 1, -1, 3, 0, 0, 4));
        float[] sign = {1, -1, 1, -1};
        float[] second = {3, 0, 0, 4};
        for (int i = 0; i < 4; i++) {
            assertThat(y[i]).isCloseTo((float) (sign[i] / Math.sqrt(1.25) * w.get(i)), within(1e-5f));
            assertThat(y[4 + i]).isCloseTo((float) (second[i] / Math.sqrt(6.5) * w.get(i)), within(1e-5f));
        }
    }

    private static List<Tensor> train(Device device, Layer layer, Tensor x) {
        try (Program p = Program.of(
                        1, (in, pass) -> Step.of(layer.apply(in.get(0), pass)).update(pass.updates()))
                .on(device)) {
            return p.run(x);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void batchNormTrainsByTheBatchAndEvaluatesByWhatItHasSeen(String device) {
        for (Shape s : List.of(Shape.of(5, 3), Shape.of(3, 3, 4), Shape.of(2, 3, 2, 3))) {
            BatchNorm layer = initialised(s.rank() == 4 ? batchNorm2d(3) : batchNorm1d(3));
            HostArray x = random(s, s.rank());
            int inner = s.slice(2, s.rank()).intSize();
            IntUnaryOperator channel = i -> i / inner % 3;
            float[] y = train(Device.of(device), layer, Tensor.of(x)).get(0).toFloats();
            check(y, normalised(x, channel, EPSILON), layer, channel);

            HostArray mean = layer.state().get(0).toHost();
            HostArray variance = layer.state().get(1).toHost();
            int n = x.size() / 3;
            for (int c = 0; c < 3; c++) {
                double sum = 0;
                double square = 0;
                for (int i = 0; i < x.size(); i++) if (channel.applyAsInt(i) == c) sum += x.get(i);
                for (int i = 0; i < x.size(); i++)
                    if (channel.applyAsInt(i) == c) square += Math.pow(x.get(i) - sum / n, 2);
                assertThat(mean.get(c)).isCloseTo(0.1 * sum / n, within(1e-6));
                assertThat(variance.get(c)).isCloseTo(0.9 + 0.1 * square / (n - 1), within(1e-6));
            }
            double[] expected = new double[x.size()];
            for (int i = 0; i < expected.length; i++) {
                int c = channel.applyAsInt(i);
                expected[i] = (x.get(i) - mean.get(c)) / Math.sqrt(variance.get(c) + EPSILON);
            }
            check(OnDevice.apply(device, layer, Tensor.of(x)), expected, layer, channel);
        }
    }

    @Test
    void momentumOneIsTheLastBatchAndZeroTheFirst() {
        Tensor x = OnDevice.tensor(Shape.of(2, 1), 3, 5);
        BatchNorm last = initialised(batchNorm1d(1).momentum(1));
        train(Device.ref(), last, x);
        assertThat(last.state().get(0).toHost().floats()).containsExactly(4);
        assertThat(last.state().get(1).toHost().floats()).containsExactly(2);
        BatchNorm first = initialised(batchNorm1d(1).momentum(0));
        train(Device.ref(), first, x);
        assertThat(first.state().get(0).toHost().floats()).containsExactly(0);
        assertThat(first.state().get(1).toHost().floats()).containsExactly(1);
    }

    @Test
    void usedTwiceInAPassTheStatisticsHaveSeenBoth() {
        BatchNorm layer = initialised(batchNorm1d(1).momentum(0.5).noAffine());
        try (Program p = Program.of((x, y, pass) ->
                        Step.of(layer.apply(x, pass).add(layer.apply(y, pass))).update(pass.updates()))
                .on(Device.ref())) {
            p.run(OnDevice.tensor(Shape.of(2, 1), 3, 5), OnDevice.tensor(Shape.of(2, 1), 8, 8));
        }
        // 0 → 2 → 5 and 1 → 1.5 → 0.75
        assertThat(layer.state().get(0).toHost().floats()).containsExactly(5);
        assertThat(layer.state().get(1).toHost().floats()).containsExactly(0.75f);
    }

    @Test
    void anOptimizerCommitsTheStatistics() {
        Sequential net =
                Sequential.of(dense(2, 3), batchNorm1d(3), relu(), dense(3, 2)).init(Rng.seed(0));
        Sgd sgd = new Sgd(net.params(), 0.1);
        HostArray before = net.state().get(0).toHost();
        try (Program p = Program.of((x, y, pass) -> sgd.minimize(Losses.crossEntropy(net.apply(x, pass), y), pass))
                .on(Device.ref())) {
            double first = p.call(Tensor.of(random(Shape.of(8, 2), 3)), Tensor.of(0, 1, 0, 1, 0, 1, 0, 1))
                    .item();
            double loss = first;
            for (int i = 0; i < 50; i++)
                loss = p.call(Tensor.of(random(Shape.of(8, 2), 3)), Tensor.of(0, 1, 0, 1, 0, 1, 0, 1))
                        .item();
            assertThat(loss).isLessThan(first);
        }
        assertThat(net.state().get(0).toHost()).isNotEqualTo(before);
    }

    @Test
    void namesAreThoseOfPyTorchAndSurviveARoundTrip() {
        Sequential net = Sequential.of(
                conv2d(1, 2, 3), batchNorm2d(2), groupNorm(2, 2), instanceNorm2d(2), layerNorm(4, 4), rmsNorm(4));
        net.init(Rng.seed(1));
        train(Device.ref(), net, Tensor.of(random(Shape.of(3, 1, 6, 6), 9)));
        Map<String, HostArray> saved = Weights.of(net);
        assertThat(saved.keySet())
                .containsExactly(
                        "0.bias",
                        "0.weight",
                        "1.bias",
                        "1.running_mean",
                        "1.running_var",
                        "1.weight",
                        "2.bias",
                        "2.weight",
                        "4.bias",
                        "4.weight",
                        "5.weight");
        net.init(Rng.seed(2));
        assertThat(Weights.of(net)).isNotEqualTo(saved);
        assertThat(net.state().get(0).toHost().floats()).containsOnly(0);
        Weights.load(net, saved, "saved");
        assertThat(Weights.of(net)).isEqualTo(saved);
        assertThat(net.parameters()).isEqualTo(20 + 4 + 4 + 32 + 4);
    }

    static java.util.stream.Stream<Arguments> wrong() {
        return java.util.stream.Stream.of(
                Arguments.of(
                        batchNorm1d(3), new int[] {2, 4}, "batchNorm1d(3): expected samples [3] or [3,L], got [4]"),
                Arguments.of(batchNorm2d(3), new int[] {2, 3}, "batchNorm2d(3): expected samples [3,H,W], got [3]"),
                Arguments.of(
                        groupNorm(2, 4), new int[] {2, 3, 5}, "groupNorm(2, 4): expected samples [4,…], got [3,5]"),
                Arguments.of(instanceNorm1d(3), new int[] {2, 3}, "instanceNorm1d(3): expected samples [3,L], got [3]"),
                Arguments.of(
                        layerNorm(4, 3),
                        new int[] {2, 3},
                        "layerNorm(4, 3): expected samples whose last axes are [4,3], got [3]"),
                Arguments.of(
                        rmsNorm(4), new int[] {2, 3}, "rmsNorm(4): expected samples whose last axes are [4], got"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void wrongShapesAreToldInOneLine(Layer layer, int[] shape, String message) {
        layer.init(Rng.seed(0));
        assertThatThrownBy(() -> layer.apply(Tensor.zeros(shape)))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(message)
                .hasMessageContaining("NormLayersTest.java:")
                .message()
                .hasLineCount(1);
    }

    @Test
    void wrongSettingsAreRefused() {
        BatchNorm layer = initialised(batchNorm1d(3));
        assertThatThrownBy(() -> layer.apply(Tensor.zeros(1, 3), new Pass(Rng.seed(0))))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("at least 2 values for each channel in training, got [1,3]");
        assertThatThrownBy(() -> batchNorm2d(3).apply(Tensor.zeros(2, 3, 1, 1)))
                .hasMessageContaining("batchNorm2d(3) has no weights yet");
        assertThatThrownBy(() -> batchNorm2d(0)).hasMessageContaining("channels must be at least 1");
        assertThatThrownBy(() -> batchNorm2d(1).momentum(1.5)).hasMessageContaining("momentum must be in [0, 1]");
        assertThatThrownBy(() -> batchNorm2d(1).epsilon(0)).hasMessageContaining("epsilon must be a finite number");
        assertThatThrownBy(() -> groupNorm(3, 4)).hasMessageContaining("channels divisible by groups");
        assertThatThrownBy(() -> layerNorm()).hasMessageContaining("at least one axis");
    }
}
