package steepest.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static steepest.nn.Layers.*;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
import steepest.Variable;
import steepest.optim.Sgd;

/** Embedding and attention against loops over single numbers in double precision. */
class AttentionTest {
    private static HostArray random(int stream, int... dims) {
        return Initializer.uniform(1).draw(Shape.of(dims), Rng.seed(300 + stream));
    }

    /** Row by row: {@code x W^T + b} with the rows {@code from …} of W. */
    private static double[][] project(double[][] x, HostArray w, HostArray b, int from, int size) {
        double[][] y = new double[x.length][size];
        for (int t = 0; t < x.length; t++)
            for (int i = 0; i < size; i++) {
                y[t][i] = b == null ? 0 : b.get(from + i);
                for (int j = 0; j < x[t].length; j++) y[t][i] += x[t][j] * w.get((from + i) * x[t].length + j);
            }
        return y;
    }

    private static double[][] sample(HostArray x, int n) {
        double[][] s = new double[x.shape().dim(1)][x.shape().dim(2)];
        for (int t = 0; t < s.length; t++)
            for (int i = 0; i < s[t].length; i++) s[t][i] = x.get((n * s.length + t) * s[t].length + i);
        return s;
    }

    /** Which keys a query sees. */
    private interface Sees {
        boolean test(int n, int query, int key);
    }

    private static double[] naive(
            MultiHeadAttention layer, int heads, HostArray q, HostArray k, HostArray v, Sees sees) {
        Map<String, HostArray> w = Weights.of(layer);
        int size = q.shape().dim(2);
        int d = size / heads;
        double[] y = new double[q.size()];
        for (int n = 0; n < q.shape().dim(0); n++) {
            HostArray in = w.get("in_proj_weight");
            HostArray b = w.get("in_proj_bias");
            double[][] queries = project(sample(q, n), in, b, 0, size);
            double[][] keys = project(sample(k, n), in, b, size, size);
            double[][] values = project(sample(v, n), in, b, 2 * size, size);
            double[][] joined = new double[queries.length][size];
            for (int h = 0; h < heads; h++)
                for (int t = 0; t < queries.length; t++) {
                    double[] e = new double[keys.length];
                    double sum = 0;
                    for (int s = 0; s < keys.length; s++) {
                        if (!sees.test(n, t, s)) continue;
                        double dot = 0;
                        for (int i = h * d; i < (h + 1) * d; i++) dot += queries[t][i] * keys[s][i];
                        e[s] = Math.exp(dot / Math.sqrt(d));
                        sum += e[s];
                    }
                    for (int s = 0; s < keys.length; s++)
                        for (int i = h * d; i < (h + 1) * d; i++) joined[t][i] += e[s] / sum * values[s][i];
                }
            double[][] out = project(joined, w.get("out_proj.weight"), w.get("out_proj.bias"), 0, size);
            for (int t = 0; t < out.length; t++) System.arraycopy(out[t], 0, y, (n * out.length + t) * size, size);
        }
        return y;
    }

    private static void check(float[] got, double[] expected) {
        assertThat(got).hasSameSizeAs(expected);
        for (int i = 0; i < got.length; i++)
            assertThat((double) got[i]).as("element %d", i).isCloseTo(expected[i], within(3e-6));
    }

    private static MultiHeadAttention initialised(MultiHeadAttention layer) {
        layer.init(Rng.seed(1));
        for (Variable v : layer.params())
            if (v.name().endsWith("bias")) v.set(random(9, v.shape().dims()));
        return layer;
    }

    @ParameterizedTest
    @CsvSource({"ref,1", "ref,3", "cpu,2"})
    void selfAttention(String device, int heads) {
        HostArray x = random(0, 2, 5, 6);
        MultiHeadAttention layer = initialised(multiHeadAttention(6, heads));
        check(OnDevice.apply(device, layer, Tensor.of(x)), naive(layer, heads, x, x, x, (n, t, s) -> true));
        MultiHeadAttention causal =
                initialised(multiHeadAttention(6, heads).causal().noBias());
        check(OnDevice.apply(device, causal, Tensor.of(x)), naive(causal, heads, x, x, x, (n, t, s) -> s <= t));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void attentionToAnotherSequenceUnderAMask(String device) {
        HostArray q = random(0, 2, 3, 4);
        HostArray k = random(1, 2, 5, 4);
        HostArray v = random(2, 2, 5, 4);
        int[] length = {5, 2};
        MultiHeadAttention layer = initialised(multiHeadAttention(4, 2));
        try (Program p = Program.of(3, (in, pass) -> {
                    Tensor seen = Tensor.iota(5).lt(Tensor.of(length).reshape(2, 1, 1, 1));
                    return Step.of(
                            layer.attend(in.get(0), in.get(1), in.get(2), null),
                            layer.attend(in.get(0), in.get(1), in.get(2), seen));
                })
                .on(Device.of(device))) {
            List<Tensor> out = p.run(Tensor.of(q), Tensor.of(k), Tensor.of(v));
            check(out.get(0).toFloats(), naive(layer, 2, q, k, v, (n, t, s) -> true));
            check(out.get(1).toFloats(), naive(layer, 2, q, k, v, (n, t, s) -> s < length[n]));
        }
    }

    @Test
    void attentionNamesAreThoseOfPyTorch() {
        Sequential net = Sequential.of(multiHeadAttention(6, 2)).init(Rng.seed(0));
        assertThat(Weights.of(net).keySet())
                .containsExactly("0.in_proj_bias", "0.in_proj_weight", "0.out_proj.bias", "0.out_proj.weight");
        assertThat(net.parameters()).isEqualTo(18 * 6 + 18 + 36 + 6);
    }

    @Test
    void attentionRefusals() {
        MultiHeadAttention layer = initialised(multiHeadAttention(6, 2).causal());
        Tensor x = Tensor.zeros(2, 5, 6);
        assertThatThrownBy(() -> layer.apply(Tensor.zeros(2, 5, 4)))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith("multiHeadAttention(6, 2).causal(): expected samples [T,6], got [5,4]")
                .hasMessageContaining("AttentionTest.java:");
        assertThatThrownBy(() -> layer.attend(x, x, x, Tensor.ones(5, 5).gt(0)))
                .hasMessageContaining("no mask in a causal layer");
        MultiHeadAttention free = initialised(multiHeadAttention(6, 2));
        assertThatThrownBy(() -> free.attend(x, x, x, Tensor.ones(5, 5)))
                .hasMessageContaining("the mask must broadcast to bool[2,2,5,5], got f32[5,5]");
        assertThatThrownBy(() -> free.attend(x, x, Tensor.zeros(2, 4, 6), null)).hasMessageContaining("keys [B…,S,D]");
        assertThatThrownBy(() -> multiHeadAttention(6, 4)).hasMessageContaining("divisible by 4 heads");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void embeddingReadsRowsAndAddsUpTheirGradients(String device) {
        Embedding layer = embedding(4, 3).padding(1);
        layer.init(Rng.seed(2));
        HostArray w = layer.params().get(0).toHost();
        for (int i = 0; i < 12; i++) assertThat(w.get(i) == 0).isEqualTo(i / 3 == 1);
        Tensor tokens = Tensor.of(HostArray.of(new int[] {2, 0, 1, 2, 2, 4}, Shape.of(2, 3)));
        assertThat(layer.output(Shape.of(3))).isEqualTo(Shape.of(3, 3));
        float[] y = OnDevice.apply(device, layer, tokens);
        int[] token = {2, 0, 1, 2, 2, 4};
        for (int i = 0; i < 18; i++)
            assertThat((double) y[i]).isEqualTo(token[i / 3] == 4 ? 0 : w.get(token[i / 3] * 3 + i % 3));
        HostArray scale = random(4, 2, 3, 3);
        Sgd sgd = new Sgd(layer.params(), 1);
        try (Program p = Program.of(
                        t -> sgd.minimize(layer.apply(t).mul(Tensor.of(scale)).sum()))
                .on(Device.of(device))) {
            p.run(tokens);
        }
        for (int i = 0; i < 12; i++) {
            double g = 0;
            for (int j = 0; j < 6; j++) if (token[j] == i / 3 && token[j] != 1) g += scale.get(3 * j + i % 3);
            assertThat(layer.params().get(0).toHost().get(i)).isCloseTo(w.get(i) - g, within(1e-6));
        }
    }

    @Test
    void embeddingRefusals() {
        Embedding layer = embedding(4, 3);
        layer.init(Rng.seed(0));
        assertThatThrownBy(() -> layer.apply(Tensor.zeros(2, 3)))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith("embedding(4, 3): expected tokens i32[N,…], got f32[2,3]")
                .hasMessageContaining("AttentionTest.java:");
        assertThatThrownBy(() -> embedding(4, 3).padding(4)).hasMessageContaining("from 0 to 3, got 4");
        assertThatThrownBy(() -> embedding(0, 3)).hasMessageContaining("got 0 tokens of size 3");
    }

    /** A layer of a transformer: dense layers work on the last axis of a sequence. */
    @Test
    void aTransformerLearnsToCopyTheFirstToken() {
        Sequential net = Sequential.of(
                        embedding(5, 16),
                        layerNorm(16),
                        multiHeadAttention(16, 2),
                        dense(16, 32),
                        gelu(),
                        dense(32, 5),
                        lastStep())
                .init(Rng.seed(3));
        assertThat(net.output(Shape.of(4))).isEqualTo(Shape.of(5));
        int[] tokens = new int[64 * 4];
        int[] labels = new int[64];
        HostArray u = random(8, 256);
        // the first token of a sample is 0 or 1, the others 2 to 4
        for (int i = 0; i < 256; i++)
            tokens[i] = i % 4 == 0 ? (u.get(i) > 0 ? 1 : 0) : 2 + (int) Math.floor((u.get(i) + 1) * 1.4999);
        for (int i = 0; i < 64; i++) labels[i] = tokens[4 * i];
        steepest.optim.Adam adam = new steepest.optim.Adam(net.params(), 0.01);
        try (Program p = Program.of((x, y, pass) -> adam.minimize(Losses.crossEntropy(net.apply(x, pass), y), pass))
                .on(Device.cpu())) {
            double loss = 9;
            for (int i = 0; i < 60; i++)
                loss = p.call(Tensor.of(HostArray.of(tokens, Shape.of(64, 4))), Tensor.of(labels))
                        .item();
            assertThat(loss).isLessThan(0.1);
        }
    }

    @Test
    void tilesAndRepeats() {
        Tensor x = Tensor.of(new float[][] {{1, 2}, {3, 4}});
        assertThat(x.tile(2, 1).toFloats()).containsExactly(1, 2, 3, 4, 1, 2, 3, 4);
        assertThat(x.tile(1, 2).toFloats()).containsExactly(1, 2, 1, 2, 3, 4, 3, 4);
        assertThat(x.repeat(0, 2).toFloats()).containsExactly(1, 2, 1, 2, 3, 4, 3, 4);
        assertThat(x.repeat(-1, 2).toFloats()).containsExactly(1, 1, 2, 2, 3, 3, 4, 4);
        assertThat(Tensor.of(0, 2).oneHot(3).dtype()).isEqualTo(DType.F32);
        assertThatThrownBy(() -> x.tile(2))
                .hasMessageContaining("a number of at least 0 for each axis of [2,2], got [2]");
        assertThatThrownBy(() -> x.repeat(0, -1)).hasMessageContaining("at least 0 times, got -1");
    }
}
