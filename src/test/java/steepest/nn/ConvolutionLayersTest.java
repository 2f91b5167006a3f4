package steepest.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static steepest.nn.Layers.*;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;

/** Convolutions and poolings against loops over single numbers in double precision. */
class ConvolutionLayersTest {
    private static HostArray random(int stream, int... dims) {
        return Initializer.uniform(1).draw(Shape.of(dims), Rng.seed(200 + stream));
    }

    private static double at(HostArray a, int... index) {
        long[] s = a.shape().strides();
        int place = 0;
        for (int i = 0; i < index.length; i++) {
            if (index[i] < 0 || index[i] >= a.shape().dim(i)) return 0;
            place += (int) s[i] * index[i];
        }
        return a.get(place);
    }

    private static void check(Layer layer, float[] got, double[] expected) {
        assertThat(got).as(layer.name()).hasSameSizeAs(expected);
        for (int i = 0; i < got.length; i++)
            assertThat((double) got[i]).as("%s, element %d", layer, i).isCloseTo(expected[i], within(3e-6));
    }

    /** Strides, paddings at the top and left, dilations. */
    private record Steps(int sh, int sw, int top, int left, int dh, int dw, int groups) {}

    private static double[] convolution(Layer layer, HostArray x, Steps p) {
        HostArray w = layer.params().get(0).toHost();
        Shape out = layer.output(x.shape().slice(1, 4));
        Shape s = w.shape();
        double[] y = new double[x.shape().dim(0) * out.intSize()];
        int i = 0;
        for (int n = 0; n < x.shape().dim(0); n++)
            for (int k = 0; k < out.dim(0); k++)
                for (int r = 0; r < out.dim(1); r++)
                    for (int q = 0; q < out.dim(2); q++, i++) {
                        y[i] = layer.params().size() > 1
                                ? layer.params().get(1).toHost().get(k)
                                : 0;
                        int first = k / (s.dim(0) / p.groups) * s.dim(1);
                        for (int c = 0; c < s.dim(1); c++)
                            for (int a = 0; a < s.dim(2); a++)
                                for (int b = 0; b < s.dim(3); b++)
                                    y[i] += at(w, k, c, a, b)
                                            * at(
                                                    x,
                                                    n,
                                                    first + c,
                                                    r * p.sh - p.top + a * p.dh,
                                                    q * p.sw - p.left + b * p.dw);
                    }
        return y;
    }

    static Stream<Arguments> convolutions() {
        return Stream.of(
                Arguments.of(conv2d(4, 6, 3).padding(2, 0, 1, 0), new Steps(1, 1, 2, 1, 1, 1, 1)),
                Arguments.of(
                        conv2d(4, 6, 2, 3).stride(2, 1).padding(0, 1, 0, 2).noBias(), new Steps(2, 1, 0, 0, 1, 1, 1)),
                Arguments.of(conv2d(4, 8, 3).dilation(1, 2).groups(2), new Steps(1, 1, 0, 0, 1, 2, 2)),
                Arguments.of(conv2d(4, 4, 3).padding(1).groups(4), new Steps(1, 1, 1, 1, 1, 1, 4)),
                Arguments.of(conv2d(4, 8, 3).padding(1).groups(4).stride(2), new Steps(2, 2, 1, 1, 1, 1, 4)));
    }

    @ParameterizedTest
    @MethodSource("convolutions")
    void convolutionsWithAllSettings(Conv2d layer, Steps steps) {
        layer.init(Rng.seed(1));
        if (layer.params().size() > 1)
            layer.params().get(1).set(random(1, layer.params().get(1).shape().dims()));
        HostArray x = random(2, 2, 4, 6, 7);
        for (String device : List.of("ref", "cpu"))
            check(layer, OnDevice.apply(device, layer, Tensor.of(x)), convolution(layer, x, steps));
    }

    @Test
    void namesSayWhatIsSet() {
        assertThat(conv2d(4, 6, 3).padding(2, 0, 1, 0).name()).isEqualTo("conv2d(4, 6, 3).padding(2, 0, 1, 0)");
        assertThat(conv2d(4, 6, 3).stride(2, 1).dilation(1, 2).padding(1).name())
                .isEqualTo("conv2d(4, 6, 3).stride(2, 1).padding(1).dilation(1, 2)");
        assertThat(conv1d(4, 6, 3).padding(2, 0).dilation(2).groups(2).stride(3).name())
                .isEqualTo("conv1d(4, 6, 3).stride(3).padding(2, 0).dilation(2).groups(2)");
        assertThat(convTranspose2d(4, 6, 3).stride(2).outputPadding(1).name())
                .isEqualTo("convTranspose2d(4, 6, 3).stride(2).outputPadding(1)");
        assertThat(avgPool1d(3, 1, 1, false).name()).isEqualTo("avgPool1d(3, 1, 1, false)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void oneDimensional(String device) {
        for (Conv1d layer : List.of(
                conv1d(4, 6, 3),
                conv1d(4, 6, 3).padding(4, 0).dilation(2),
                conv1d(4, 2, 4).stride(3).padding(1).groups(2).noBias())) {
            layer.init(Rng.seed(1));
            int stride = layer.name().contains("stride(3)") ? 3 : 1;
            int before =
                    layer.name().contains("padding(4, 0)") ? 4 : layer.name().contains("padding(1)") ? 1 : 0;
            int dilation = layer.name().contains("dilation(2)") ? 2 : 1;
            int groups = layer.name().contains("groups(2)") ? 2 : 1;
            HostArray x = random(3, 2, 4, 9);
            HostArray w = layer.params().get(0).toHost();
            Shape out = layer.output(Shape.of(4, 9));
            double[] y = new double[2 * out.intSize()];
            for (int i = 0; i < y.length; i++) {
                int k = i / out.dim(1) % out.dim(0);
                int first = k / (out.dim(0) / groups) * w.shape().dim(1);
                for (int c = 0; c < w.shape().dim(1); c++)
                    for (int a = 0; a < w.shape().dim(2); a++)
                        y[i] += at(w, k, c, a)
                                * at(x, i / out.intSize(), first + c, i % out.dim(1) * stride - before + a * dilation);
            }
            check(layer, OnDevice.apply(device, layer, Tensor.of(x)), y);
        }
    }

    /** Each input adds its multiple of the kernel to the result. */
    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void transposed(String device) {
        for (int[] p : new int[][] {{1, 0, 0, 1, 1}, {2, 1, 1, 1, 1}, {3, 0, 2, 1, 2}, {2, 2, 0, 2, 2}}) {
            ConvTranspose2d layer = convTranspose2d(4, 6, 3, 2)
                    .stride(p[0])
                    .padding(p[1])
                    .outputPadding(p[2])
                    .dilation(p[3])
                    .groups(p[4]);
            layer.init(Rng.seed(1));
            HostArray bias = random(4, 6);
            layer.params().get(1).set(bias);
            HostArray w = layer.params().get(0).toHost();
            assertThat(w.shape()).isEqualTo(Shape.of(4, 6 / p[4], 3, 2));
            HostArray x = random(5, 2, 4, 5, 3);
            Shape out = layer.output(Shape.of(4, 5, 3));
            int h = (5 - 1) * p[0] - 2 * p[1] + p[3] * 2 + p[2] + 1;
            int width = (3 - 1) * p[0] - 2 * p[1] + p[3] + p[2] + 1;
            assertThat(out).isEqualTo(Shape.of(6, h, width));
            double[] y = new double[2 * out.intSize()];
            for (int i = 0; i < y.length; i++) y[i] = bias.get(i / (h * width) % 6);
            for (int i = 0; i < x.size(); i++) {
                int n = i / 60;
                int c = i / 15 % 4;
                for (int o = 0; o < 6 / p[4]; o++)
                    for (int a = 0; a < 3; a++)
                        for (int b = 0; b < 2; b++) {
                            int row = i / 3 % 5 * p[0] - p[1] + a * p[3];
                            int column = i % 3 * p[0] - p[1] + b * p[3];
                            if (row < 0 || row >= h || column < 0 || column >= width) continue;
                            int channel = c / (4 / p[4]) * (6 / p[4]) + o;
                            y[((n * 6 + channel) * h + row) * width + column] += x.get(i) * at(w, c, o, a, b);
                        }
            }
            check(layer, OnDevice.apply(device, layer, Tensor.of(x)), y);
        }
    }

    /** The mean or the largest of the elements of x {@code [2, 3, H, W]} in bins given by their ends. */
    private static double[] bins(HostArray x, int[][] rows, int[][] columns, boolean max, int counted) {
        double[] y = new double[6 * rows.length * columns.length];
        int i = 0;
        for (int c = 0; c < 6; c++)
            for (int[] r : rows)
                for (int[] q : columns) {
                    double sum = 0;
                    double top = Double.NEGATIVE_INFINITY;
                    int n = 0;
                    for (int a = Math.max(0, r[0]); a < Math.min(r[1], x.shape().dim(2)); a++)
                        for (int b = Math.max(0, q[0]);
                                b < Math.min(q[1], x.shape().dim(3));
                                b++, n++) {
                            sum += at(x, c / 3, c % 3, a, b);
                            top = Math.max(top, at(x, c / 3, c % 3, a, b));
                        }
                    y[i++] = max ? top : sum / (counted > 0 ? counted : n);
                }
        return y;
    }

    private static int[][] windows(int side, int kernel, int stride, int padding) {
        int n = (side + 2 * padding - kernel) / stride + 1;
        int[][] w = new int[n][];
        for (int i = 0; i < n; i++) w[i] = new int[] {i * stride - padding, i * stride - padding + kernel};
        return w;
    }

    private static int[][] adaptive(int side, int n) {
        int[][] w = new int[n][];
        for (int i = 0; i < n; i++)
            w[i] = new int[] {(int) Math.floor(i * side / (double) n), (int) Math.ceil((i + 1) * side / (double) n)};
        return w;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void poolings(String device) {
        HostArray x = random(6, 2, 3, 6, 7);
        Tensor t = Tensor.of(x);
        int[][] rows = windows(6, 3, 2, 1);
        int[][] columns = windows(7, 3, 2, 1);
        check(avgPool2d(3, 2, 1), OnDevice.apply(device, avgPool2d(3, 2, 1), t), bins(x, rows, columns, false, 9));
        Layer without = avgPool2d(3, 2, 1, false);
        check(without, OnDevice.apply(device, without, t), bins(x, rows, columns, false, 0));
        for (int[] b : new int[][] {{3, 7}, {4, 3}, {1, 1}, {6, 7}, {8, 10}}) {
            Layer mean = adaptiveAvgPool2d(b[0], b[1]);
            Layer max = adaptiveMaxPool2d(b[0], b[1]);
            int[][] r = adaptive(6, b[0]);
            int[][] c = adaptive(7, b[1]);
            check(mean, OnDevice.apply(device, mean, t), bins(x, r, c, false, 0));
            check(max, OnDevice.apply(device, max, t), bins(x, r, c, true, 0));
            assertThat(max.output(Shape.of(3, 6, 7))).isEqualTo(Shape.of(3, b[0], b[1]));
        }
        int[][] all = {{0, 6}};
        int[][] wide = {{0, 7}};
        check(globalAvgPool(), OnDevice.apply(device, globalAvgPool(), t), bins(x, all, wide, false, 0));
        check(globalMaxPool(), OnDevice.apply(device, globalMaxPool(), t), bins(x, all, wide, true, 0));

        HostArray line = random(7, 2, 3, 9);
        HostArray image = line.reshape(Shape.of(2, 3, 1, 9));
        int[][] one = {{0, 1}};
        Tensor l = Tensor.of(line);
        for (int[] p : new int[][] {{2, 2, 0}, {3, 2, 1}, {4, 3, 2}}) {
            int[][] w = windows(9, p[0], p[1], p[2]);
            Layer max = maxPool1d(p[0], p[1], p[2]);
            check(max, OnDevice.apply(device, max, l), bins(image, one, w, true, 0));
            Layer counted = avgPool1d(p[0], p[1], p[2], true);
            check(counted, OnDevice.apply(device, counted, l), bins(image, one, w, false, p[0]));
            Layer inside = avgPool1d(p[0], p[1], p[2], false);
            check(inside, OnDevice.apply(device, inside, l), bins(image, one, w, false, 0));
            assertThat(inside.output(Shape.of(3, 9))).isEqualTo(Shape.of(3, w.length));
        }
    }

    @Test
    void theFirstOfEqualsInABinGetsTheGradient() {
        Tensor x = OnDevice.tensor(Shape.of(1, 1, 1, 5), 1, 2, 2, 2, 1);
        // bins of five by three: 0 1, 1 2 3, 3 4
        float[] g =
                steepest.fused.Pooling.adaptiveMaxPool2d(x, 1, 3).sum().grad(x).toFloats();
        assertThat(g).containsExactly(0, 2, 0, 1, 0);
        float[] global = steepest.fused.Pooling.globalMaxPool(x).sum().grad(x).toFloats();
        assertThat(global).containsExactly(0, 1, 0, 0, 0);
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of(
                        conv1d(3, 4, 3), new int[] {2, 2, 9}, "conv1d(3, 4, 3): expected samples [3,L], got [2,9]"),
                Arguments.of(
                        conv1d(3, 4, 5).padding(1, 0),
                        new int[] {2, 3, 3},
                        "conv1d(3, 4, 5).padding(1, 0): expected at least 5 elements (padding counted) under its kernel, got"
                                + " 4 of samples [3,3]"),
                Arguments.of(
                        convTranspose2d(3, 4, 3),
                        new int[] {2, 2, 4, 4},
                        "convTranspose2d(3, 4, 3): expected samples [3,H,W], got [2,4,4]"),
                Arguments.of(
                        convTranspose2d(1, 1, 1).padding(1),
                        new int[] {2, 1, 2, 2},
                        "convTranspose2d: a side of 2 gives 0"),
                Arguments.of(
                        convTranspose2d(1, 1, 3).outputPadding(1),
                        new int[] {2, 1, 2, 2},
                        "convTranspose2d: output padding 1 must be at least 0 and less than the stride 1"),
                Arguments.of(maxPool1d(2), new int[] {2, 3, 4, 4}, "maxPool1d(2): expected samples [C,L], got [3,4,4]"),
                Arguments.of(
                        adaptiveAvgPool2d(2, 2),
                        new int[] {2, 3, 0, 4},
                        "adaptiveAvgPool2d(2, 2): expected samples [C,H,W] that are not empty, got [3,0,4]"),
                Arguments.of(globalMaxPool(), new int[] {2, 3}, "globalMaxPool(): expected samples [C,L] or [C,H,W]"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void wrongShapesAreToldInOneLine(Layer layer, int[] shape, String message) {
        layer.init(Rng.seed(0));
        assertThatThrownBy(() -> layer.apply(Tensor.zeros(shape)))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(message)
                .hasMessageContaining("ConvolutionLayersTest.java:")
                .message()
                .hasLineCount(1);
    }

    @Test
    void wrongSettingsAreRefused() {
        assertThatThrownBy(() -> conv2d(1, 2, 3).padding(0, -1, 0, 0)).hasMessageContaining("0, -1, 0, 0");
        assertThatThrownBy(() -> conv2d(1, 2, 3).stride(1, 0)).hasMessageContaining("1x0");
        assertThatThrownBy(() -> conv1d(3, 4, 3).groups(2)).hasMessageContaining("divisible by groups 2");
        assertThatThrownBy(() -> conv1d(3, 4, 3).padding(-1)).hasMessageContaining("at least 0, got -1");
        assertThatThrownBy(() -> convTranspose2d(3, 4, 0)).hasMessageContaining("kernel 0x0");
        assertThatThrownBy(() -> convTranspose2d(3, 4, 2).padding(-1)).hasMessageContaining("got -1 and 0");
        assertThatThrownBy(() -> adaptiveMaxPool2d(0, 1)).hasMessageContaining("at least one row and column");
        assertThatThrownBy(() -> avgPool1d(2, 1, 2, true)).hasMessageContaining("avgPool1d(2, 1, 2): kernel");
    }
}
