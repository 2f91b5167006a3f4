package steepest.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static steepest.nn.Layers.*;
import static steepest.nn.OnDevice.tensor;

import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Pass;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.Variable;

class LayersTest {
    private static final float[] X = {-2.5f, -1, -0.3f, 0, 0.4f, 1, 3};

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void denseIsXWTransposedPlusB(String device) {
        Dense layer = dense(2, 3);
        layer.init(Rng.seed(0));
        layer.params().get(0).set(HostArray.of(new float[] {1, 2, 3, 4, 5, 6}, Shape.of(3, 2)));
        layer.params().get(1).set(HostArray.of(new float[] {10, 20, 30}, Shape.of(3)));
        float[] y = OnDevice.apply(device, layer, tensor(Shape.of(2, 2), 1, 1, 2, -1));
        assertThat(y).containsExactly(13, 27, 41, 10, 22, 34);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void convolutionWithItsSettings(String device) {
        Conv2d layer = conv2d(2, 2, 2).stride(2).padding(1).groups(2);
        layer.init(Rng.seed(0));
        layer.params().get(0).set(HostArray.of(new float[] {1, 2, 3, 4, 1, 1, 1, 1}, Shape.of(2, 1, 2, 2)));
        layer.params().get(1).set(HostArray.of(new float[] {0.5f, -0.5f}, Shape.of(2)));
        assertThat(layer.output(Shape.of(2, 2, 2))).isEqualTo(Shape.of(2, 2, 2));
        float[] y = OnDevice.apply(device, layer, tensor(Shape.of(1, 2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8));
        // each window sees one pixel: the corner of the kernel opposite to the corner of the image
        assertThat(y).containsExactly(4.5f, 6.5f, 6.5f, 4.5f, 4.5f, 5.5f, 6.5f, 7.5f);
    }

    @Test
    void outputIsTheShapeThatApplyGives() {
        Tensor x = Tensor.zeros(2, 4, 9, 11);
        Rng rng = Rng.seed(0);
        for (Layer layer : List.of(
                conv2d(4, 6, 3),
                conv2d(4, 6, 3, 2).stride(2).padding(1).dilation(2).groups(2).noBias(),
                maxPool2d(2),
                maxPool2d(3, 2, 1),
                avgPool2d(4, 3, 2),
                flatten(),
                relu(),
                dropout(0.5))) {
            layer.init(rng);
            assertThat(layer.apply(x).shape())
                    .as(layer.name())
                    .isEqualTo(Shape.of(2).concat(layer.output(Shape.of(4, 9, 11))));
        }
    }

    static Stream<Arguments> activations() {
        return Stream.of(
                of(relu(), x -> Math.max(x, 0)),
                of(leakyRelu(), x -> x > 0 ? x : 0.01 * x),
                of(leakyRelu(0.2), x -> x > 0 ? x : 0.2 * x),
                of(elu(), x -> x > 0 ? x : Math.expm1(x)),
                of(elu(2), x -> x > 0 ? x : 2 * Math.expm1(x)),
                of(silu(), x -> x / (1 + Math.exp(-x))),
                of(mish(), x -> x * Math.tanh(Math.log1p(Math.exp(x)))),
                of(sigmoid(), x -> 1 / (1 + Math.exp(-x))),
                of(tanh(), Math::tanh),
                of(softplus(), x -> Math.log1p(Math.exp(x))),
                of(hardlim(), x -> x >= 0 ? 1 : 0),
                of(hardlims(), x -> x >= 0 ? 1 : -1),
                of(purelin(), x -> x),
                of(satlin(), x -> Math.max(0, Math.min(1, x))),
                of(satlins(), x -> Math.max(-1, Math.min(1, x))),
                of(logsig(), x -> 1 / (1 + Math.exp(-x))),
                of(tansig(), Math::tanh),
                of(poslin(), x -> Math.max(x, 0)));
    }

    private static Arguments of(Layer layer, DoubleUnaryOperator f) {
        return Arguments.of(layer, f);
    }

    @ParameterizedTest
    @MethodSource("activations")
    void activationsAreTheirFormulas(Layer layer, DoubleUnaryOperator f) {
        for (String device : List.of("ref", "cpu")) {
            float[] y = OnDevice.apply(device, layer, tensor(Shape.of(1, X.length), X));
            for (int i = 0; i < X.length; i++)
                assertThat((double) y[i]).as("%s(%s)", layer, X[i]).isCloseTo(f.applyAsDouble(X[i]), within(1e-6));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void geluAndCompet(String device) {
        // x Φ(x) at ±1: Φ(1) = 0.8413447460685429
        float[] y = OnDevice.apply(device, gelu(), tensor(Shape.of(1, 3), -1, 0, 1));
        assertThat(y[0]).isCloseTo(-0.15865525f, within(1e-6f));
        assertThat(y[1]).isZero();
        assertThat(y[2]).isCloseTo(0.84134475f, within(1e-6f));
        assertThat(OnDevice.apply(device, compet(), tensor(Shape.of(2, 3), 1, 5, 2, 7, 7, 3)))
                .containsExactly(0, 1, 0, 1, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void dropoutDropsOnlyInAPass(String device) {
        int n = 10_000;
        Layer layer = dropout(0.3);
        Tensor ones = tensor(Shape.of(1, n), filled(n));
        assertThat(OnDevice.apply(device, layer, ones)).containsOnly(1);
        try (Program training = Program.of(1, (in, pass) -> layer.apply(in.get(0), pass))
                .on(Device.of(device))
                .seed(5)) {
            float[] first = training.call(ones).toFloats();
            float[] second = training.call(ones).toFloats();
            int kept = 0;
            for (float y : first) {
                if (y != 0) assertThat(y).isCloseTo((float) (1 / 0.7), within(1e-6f));
                if (y != 0) kept++;
            }
            // σ = √(0.21 · 10,000) ≈ 46
            assertThat(kept).isBetween(7000 - 185, 7000 + 185);
            assertThat(second).isNotEqualTo(first);
        }
        try (Program again = Program.of(1, (in, pass) -> layer.apply(in.get(0), pass))
                        .on(Device.of(device))
                        .seed(5);
                Program ref = Program.of(1, (in, pass) -> layer.apply(in.get(0), pass))
                        .on(Device.ref())
                        .seed(5)) {
            // a seed means the same mask on every device
            assertThat(again.call(ones).toFloats()).isEqualTo(ref.call(ones).toFloats());
        }
    }

    @Test
    void dropoutOfNothingIsNothing() {
        Tensor x = Tensor.zeros(2, 3);
        assertThat(dropout(0).apply(x, new Pass(Rng.seed(0)))).isSameAs(x);
    }

    private static float[] filled(int n) {
        float[] f = new float[n];
        java.util.Arrays.fill(f, 1);
        return f;
    }

    @Test
    void variablesAreNamedByPosition() {
        Sequential net = Sequential.of(
                        conv2d(1, 2, 3),
                        Sequential.of(relu(), conv2d(2, 2, 3).noBias(), Sequential.of(dense(4, 4))),
                        dense(4, 2))
                .init(Rng.seed(0));
        assertThat(net.params().stream().map(Variable::name))
                .containsExactly(
                        "0.weight", "0.bias", "1.1.weight", "1.2.0.weight", "1.2.0.bias", "2.weight", "2.bias");
        assertThat(dense(1, 1).init(Rng.seed(0)).params().stream().map(Variable::name))
                .containsExactly("weight", "bias");
    }

    @Test
    void partOfANetworkSharesItsWeights() {
        Sequential net = Sequential.of(dense(2, 2), relu(), dense(2, 2)).init(Rng.seed(0));
        Sequential tail = Sequential.of(net.layers().subList(2, 3));
        assertThat(tail.params().get(0)).isSameAs(net.params().get(2));
        assertThat(tail.params().get(0).name()).isEqualTo("2.weight");
    }

    @Test
    void aLayerInTwoPlacesIsOneLayer() {
        Dense shared = dense(2, 2);
        Sequential net = Sequential.of(shared, relu(), shared).init(Rng.seed(0));
        assertThat(net.params()).hasSize(2);
        assertThat(net.params().get(0).toHost())
                .isEqualTo(Sequential.of(dense(2, 2))
                        .init(Rng.seed(0))
                        .params()
                        .get(0)
                        .toHost());
    }

    @Test
    void partsInitialisedApartClashLoudly() {
        Layer a = dense(2, 2).init(Rng.seed(0));
        Layer b = dense(2, 2).init(Rng.seed(1));
        assertThatThrownBy(() -> Sequential.of(a, b).params())
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("two variables are named weight");
    }

    @Test
    void initialisingAgainDrawsAgain() {
        Sequential net = Sequential.of(dense(3, 3), dense(3, 3)).init(Rng.seed(1));
        Map<String, HostArray> first = Weights.of(net);
        List<Variable> params = net.params();
        net.init(Rng.seed(2));
        assertThat(net.params()).isEqualTo(params);
        assertThat(Weights.of(net)).isNotEqualTo(first);
        assertThat(Weights.of(net.init(Rng.seed(1)))).isEqualTo(first);
        assertThat(first.get("0.weight")).isNotEqualTo(first.get("1.weight"));
        assertThat(first.get("0.bias").floats()).containsOnly(0);
    }

    static Stream<Arguments> wrongShapes() {
        return Stream.of(
                Arguments.of(
                        dense(784, 10),
                        new int[] {64, 1, 28, 28},
                        "dense(784, 10): expected samples [784], got" + " [1,28,28] (put flatten() before it)"),
                Arguments.of(dense(3, 4), new int[] {5, 2}, "dense(3, 4): expected samples [3], got [2]"),
                Arguments.of(
                        conv2d(3, 4, 3),
                        new int[] {5, 1, 8, 8},
                        "conv2d(3, 4, 3): expected samples [3,H,W], got" + " [1,8,8]"),
                Arguments.of(
                        conv2d(1, 4, 5).padding(1).stride(2),
                        new int[] {5, 1, 2, 8},
                        "conv2d(1, 4, 5).stride(2).padding(1): expected at least 5x5 pixels (padding counted) under its"
                                + " kernel, got 4x10 of samples [1,2,8]"),
                Arguments.of(
                        maxPool2d(2),
                        new int[] {5, 1, 1, 8},
                        "maxPool2d(2): its window does not fit into samples" + " [1,1,8]"),
                Arguments.of(
                        avgPool2d(3, 1, 1),
                        new int[] {5, 8},
                        "avgPool2d(3, 1, 1): expected samples [C,H,W], got" + " [8]"),
                Arguments.of(relu(), new int[] {}, "relu(): expected a batch [N,…], got f32[]"),
                Arguments.of(dense(1, 1), new int[] {}, "dense(1, 1): expected [N,…], got []"));
    }

    @ParameterizedTest
    @MethodSource("wrongShapes")
    void wrongShapesAreToldInOneLine(Layer layer, int[] shape, String message) {
        layer.init(Rng.seed(0));
        assertThatThrownBy(() -> layer.apply(Tensor.zeros(shape)))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(message)
                .hasMessageContaining("LayersTest.java:")
                .message()
                .hasLineCount(1);
    }

    @Test
    void aWrongShapeInANetworkNamesTheLayer() {
        Sequential net =
                Sequential.of(flatten(), dense(4, 3), relu(), dense(4, 2)).init(Rng.seed(0));
        assertThatThrownBy(() -> net.apply(Tensor.zeros(1, 1, 2, 2)))
                .hasMessageStartingWith("layer 3, dense(4, 2): expected samples [4], got [3]");
    }

    @Test
    void useBeforeInitialisationIsToldInOneLine() {
        Sequential net = Sequential.of(dense(2, 2));
        assertThatThrownBy(() -> net.apply(Tensor.zeros(1, 2)))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("layer 0, dense(2, 2) has no weights yet: call init(Rng.seed(n))");
        assertThatThrownBy(net::params).hasMessageContaining("has no weights yet");
    }

    static Stream<Arguments> wrongSettings() {
        return Stream.of(
                wrong(() -> dense(0, 3), "at least 1, got 0 inputs and 3 outputs"),
                wrong(() -> conv2d(1, 2, 0), "kernel 0x0"),
                wrong(() -> conv2d(1, 2, 3).stride(0), "stride 0"),
                wrong(() -> conv2d(1, 2, 3).dilation(0), "dilation 0"),
                wrong(() -> conv2d(1, 2, 3).padding(-1), "padding must be at least 0, got -1"),
                wrong(() -> conv2d(3, 4, 3).groups(2), "3 → 4 must both be divisible by groups 2"),
                wrong(() -> maxPool2d(0), "maxPool2d(0): kernel and stride must be at least 1"),
                wrong(() -> avgPool2d(2, 2, 2), "avgPool2d(2, 2, 2)"),
                wrong(() -> dropout(1), "expected a probability in [0, 1), got 1.0"),
                wrong(() -> dropout(Double.NaN), "got NaN"),
                wrong(() -> Sequential.of(), "takes at least one layer"));
    }

    private static Arguments wrong(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
        return Arguments.of(call, message);
    }

    @ParameterizedTest
    @MethodSource("wrongSettings")
    void wrongSettingsAreRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(SteepestException.class).hasMessageContaining(message);
    }
}
