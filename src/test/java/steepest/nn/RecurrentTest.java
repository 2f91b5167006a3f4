package steepest.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static steepest.nn.Layers.*;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Pass;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;
import steepest.optim.Adam;

/** Recurrent layers against loops over single numbers in double precision. */
class RecurrentTest {
    private static final int N = 3;
    private static final int T = 5;
    private static final int IN = 4;
    private static final int HIDDEN = 2;

    static Stream<Recurrent> networks() {
        List<UnaryOperator<Recurrent>> forms = List.of(
                r -> r,
                Recurrent::bidirectional,
                r -> r.layers(3),
                r -> r.layers(2).bidirectional().noBias());
        return Stream.of(rnn(IN, HIDDEN), rnn(IN, HIDDEN).relu(), lstm(IN, HIDDEN), gru(IN, HIDDEN))
                .flatMap(r -> forms.stream().map(f -> f.apply(r)));
    }

    private static HostArray random(int stream, int... dims) {
        return Initializer.uniform(1).draw(Shape.of(dims), Rng.seed(100 + stream));
    }

    /** The definition, one number at a time. {@code x[n][t][i]}; states {@code [layer·direction][n][j]}, changed. */
    private static double[][][] naive(Recurrent net, double[][][] x, double[][][] h, double[][][] c) {
        Map<String, HostArray> w = net.params().stream().collect(Collectors.toMap(Variable::name, Variable::toHost));
        int directions = net.name().contains("bidirectional") ? 2 : 1;
        for (int at = 0; at < h.length; at += directions) {
            double[][][] y = new double[N][T][directions * HIDDEN];
            for (int d = 0; d < directions; d++) {
                String suffix = "_l" + at / directions + (d == 0 ? "" : "_reverse");
                for (int n = 0; n < N; n++)
                    for (int k = 0; k < T; k++) {
                        int t = d == 0 ? k : T - 1 - k;
                        step(net.name(), w, suffix, x[n][t], h[at + d][n], c[at + d][n]);
                        System.arraycopy(h[at + d][n], 0, y[n][t], d * HIDDEN, HIDDEN);
                    }
            }
            x = y;
        }
        return x;
    }

    private static void step(String name, Map<String, HostArray> w, String suffix, double[] x, double[] h, double[] c) {
        double[] a = product(w.get("weight_ih" + suffix), w.get("bias_ih" + suffix), x);
        double[] u = product(w.get("weight_hh" + suffix), w.get("bias_hh" + suffix), h);
        int m = HIDDEN;
        for (int j = 0; j < m; j++) {
            if (name.startsWith("lstm")) {
                double i = sigmoid(a[j] + u[j]);
                double f = sigmoid(a[m + j] + u[m + j]);
                double g = Math.tanh(a[2 * m + j] + u[2 * m + j]);
                c[j] = f * c[j] + i * g;
                h[j] = sigmoid(a[3 * m + j] + u[3 * m + j]) * Math.tanh(c[j]);
            } else if (name.startsWith("gru")) {
                double r = sigmoid(a[j] + u[j]);
                double z = sigmoid(a[m + j] + u[m + j]);
                h[j] = (1 - z) * Math.tanh(a[2 * m + j] + r * u[2 * m + j]) + z * h[j];
            } else h[j] = name.contains("relu") ? Math.max(0, a[j] + u[j]) : Math.tanh(a[j] + u[j]);
        }
    }

    private static double[] product(HostArray w, HostArray b, double[] x) {
        double[] y = new double[w.shape().dim(0)];
        for (int i = 0; i < y.length; i++) {
            y[i] = b == null ? 0 : b.get(i);
            for (int j = 0; j < x.length; j++) y[i] += w.get(i * x.length + j) * x[j];
        }
        return y;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double[][][] nested(HostArray a) {
        Shape s = a.shape();
        double[][][] x = new double[s.dim(0)][s.dim(1)][s.dim(2)];
        for (int i = 0; i < a.size(); i++) x[i / s.dim(2) / s.dim(1)][i / s.dim(2) % s.dim(1)][i % s.dim(2)] = a.get(i);
        return x;
    }

    private static void check(String what, Tensor got, double[][][] expected) {
        double[][][] g = nested(got.toHost());
        for (int i = 0; i < expected.length; i++)
            for (int j = 0; j < expected[i].length; j++)
                for (int k = 0; k < expected[i][j].length; k++)
                    assertThat(g[i][j][k])
                            .as("%s [%d,%d,%d]", what, i, j, k)
                            .isCloseTo(expected[i][j][k], within(2e-6));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void allStepsAndTheLastStateAreAsDefined(Recurrent net) {
        net.init(Rng.seed(1));
        boolean lstm = net.name().startsWith("lstm");
        int states = (int) net.params().stream()
                .filter(v -> v.name().startsWith("weight_hh"))
                .count();
        HostArray x = random(0, N, T, IN);
        for (String device : List.of("ref", "cpu"))
            for (boolean fromZero : new boolean[] {true, false}) {
                HostArray h0 = fromZero
                        ? HostArray.of(new float[states * N * HIDDEN], Shape.of(states, N, HIDDEN))
                        : random(1, states, N, HIDDEN);
                HostArray c0 = fromZero ? h0 : random(2, states, N, HIDDEN);
                double[][][] h = nested(h0);
                double[][][] c = nested(c0);
                double[][][] y = naive(net, nested(x), h, c);
                try (Program p = Program.of(3, (in, pass) -> {
                            Recurrent.Result r = fromZero
                                    ? net.run(in.get(0))
                                    : net.run(in.get(0), new Recurrent.State(in.get(1), lstm ? in.get(2) : null), null);
                            return lstm
                                    ? Step.of(
                                            r.output(), r.state().h(), r.state().c())
                                    : Step.of(r.output(), r.state().h());
                        })
                        .on(Device.of(device))) {
                    List<Tensor> out = p.run(Tensor.of(x), Tensor.of(h0), Tensor.of(c0));
                    check(net + " output", out.get(0), y);
                    check(net + " h", out.get(1), h);
                    if (lstm) check(net + " c", out.get(2), c);
                }
            }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void asALayerItGivesAllStepsOrTheLastState(Recurrent net) {
        Tensor x = Tensor.of(random(0, N, T, IN));
        Recurrent last = net.last();
        last.init(Rng.seed(1));
        net.init(Rng.seed(1));
        int width = net.name().contains("bidirectional") ? 2 * HIDDEN : HIDDEN;
        assertThat(net.output(Shape.of(T, IN))).isEqualTo(Shape.of(T, width));
        assertThat(last.output(Shape.of(T, IN))).isEqualTo(Shape.of(width));
        float[] all = OnDevice.apply("ref", net, x);
        float[] ends = OnDevice.apply("ref", last, x);
        assertThat(all).hasSize(N * T * width);
        assertThat(ends).hasSize(N * width);
        for (int n = 0; n < N; n++)
            for (int j = 0; j < width; j++)
                // forwards the last step, backwards the first
                assertThat(ends[n * width + j]).isEqualTo(all[(n * T + (j < HIDDEN ? T - 1 : 0)) * width + j]);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void gradientsByEachParameterAgreeWithFiniteDifferences(Recurrent net) {
        net.init(Rng.seed(3));
        HostArray x = random(5, N, T, IN);
        try (Program gradients = Program.of(in -> {
                            Tensor loss = loss(net, in);
                            return Step.of(loss.grads(net.params().toArray(Variable[]::new))
                                    .toArray(Tensor[]::new));
                        })
                        .on(Device.ref());
                Program value = Program.of(in -> loss(net, in)).on(Device.ref())) {
            List<HostArray> g =
                    gradients.run(Tensor.of(x)).stream().map(Tensor::toHost).toList();
            for (int i = 0; i < g.size(); i++) {
                Variable v = net.params().get(i);
                HostArray at = v.toHost();
                HostArray direction = random(50 + i, v.shape().dims());
                double analytic = 0;
                for (int e = 0; e < at.size(); e++) analytic += g.get(i).get(e) * direction.get(e);
                double step = 1e-3;
                double[] ends = new double[2];
                for (int side = 0; side < 2; side++) {
                    HostArray moved = at.copy();
                    for (int e = 0; e < at.size(); e++)
                        moved.set(e, at.get(e) + (side == 0 ? -step : step) * direction.get(e));
                    v.set(moved);
                    ends[side] = value.call(Tensor.of(x)).item();
                }
                v.set(at);
                assertThat(analytic)
                        .as("%s by %s", net, v.name())
                        .isCloseTo((ends[1] - ends[0]) / (2 * step), within(2e-3 * (1 + Math.abs(analytic))));
            }
        }
    }

    private static Tensor loss(Recurrent net, Tensor x) {
        Recurrent.Result r = net.run(x);
        return r.output().square().sum().add(r.state().h().sum());
    }

    @Test
    void namesAndShapesAreThoseOfPyTorch() {
        Sequential net = Sequential.of(lstm(4, 3).layers(2).bidirectional(), lastStep(), dense(6, 2))
                .init(Rng.seed(0));
        Map<String, HostArray> w = Weights.of(net);
        assertThat(w).hasSize(18);
        assertThat(w.get("0.weight_ih_l0").shape()).isEqualTo(Shape.of(12, 4));
        assertThat(w.get("0.weight_ih_l1_reverse").shape()).isEqualTo(Shape.of(12, 6));
        assertThat(w.get("0.weight_hh_l1").shape()).isEqualTo(Shape.of(12, 3));
        assertThat(w.get("0.bias_hh_l0_reverse").shape()).isEqualTo(Shape.of(12));
        assertThat(net.output(Shape.of(7, 4))).isEqualTo(Shape.of(2));
        for (HostArray a : List.of(w.get("0.weight_hh_l0"), w.get("0.bias_ih_l1")))
            for (double v : a.toDoubles()) assertThat(Math.abs(v)).isLessThanOrEqualTo(1 / Math.sqrt(3));
        net.init(Rng.seed(1));
        assertThat(Weights.of(net)).isNotEqualTo(w);
        Weights.load(net, w, "saved");
        assertThat(Weights.of(net)).isEqualTo(w);
    }

    @Test
    void dropoutActsBetweenLayersInTrainingOnly() {
        Recurrent net = lstm(IN, 8).layers(2).dropout(0.5);
        net.init(Rng.seed(1));
        Tensor x = Tensor.of(random(0, N, T, IN));
        Tensor evaluated = net.apply(x);
        Tensor trained = net.apply(x, new Pass(Rng.seed(4)));
        assertThat(trained.toFloats()).isNotEqualTo(evaluated.toFloats());
        Recurrent one = lstm(IN, 8).dropout(0.5);
        one.init(Rng.seed(1));
        assertThat(one.apply(x, new Pass(Rng.seed(4))).toFloats())
                .isEqualTo(one.apply(x).toFloats());
    }

    /** Whether the first number of a sequence was positive: it must be carried through all steps. */
    @ParameterizedTest
    @MethodSource("learners")
    void learnsToRemember(Recurrent net) {
        Sequential model = Sequential.of(net, dense(8, 2)).init(Rng.seed(2));
        Adam adam = new Adam(model.params(), 0.02);
        HostArray x = random(9, 64, 6, 1);
        int[] labels = new int[64];
        for (int i = 0; i < 64; i++) labels[i] = x.get(6 * i) > 0 ? 1 : 0;
        try (Program step = Program.of(
                        (in, y, pass) -> adam.minimize(Losses.crossEntropy(model.apply(in, pass), y), pass))
                .on(Device.cpu())) {
            double loss = 1;
            for (int i = 0; i < 150; i++)
                loss = step.call(Tensor.of(x), Tensor.of(labels)).item();
            assertThat(loss).isLessThan(0.3);
        }
    }

    static Stream<Recurrent> learners() {
        return Stream.of(rnn(1, 8).last(), lstm(1, 8).last(), gru(1, 8).last());
    }

    @Test
    void refusals() {
        Recurrent net = lstm(4, 3);
        net.init(Rng.seed(0));
        assertThatThrownBy(() -> net.apply(Tensor.zeros(2, 5, 3)))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith("lstm(4, 3): expected samples [T,4] of at least one step, got [5,3]")
                .hasMessageContaining("RecurrentTest.java:");
        assertThatThrownBy(() -> net.apply(Tensor.zeros(2, 0, 4))).hasMessageContaining("at least one step");
        Tensor h = Tensor.zeros(1, 2, 3);
        assertThatThrownBy(() -> net.run(Tensor.zeros(2, 5, 4), new Recurrent.State(h, null), null))
                .hasMessageContaining("expected a state of h and c f32[1,2,3], got f32[1,2,3] and no c")
                .hasMessageContaining("RecurrentTest.java:");
        Recurrent gru = gru(4, 3);
        gru.init(Rng.seed(0));
        assertThatThrownBy(() -> gru.run(Tensor.zeros(2, 5, 4), new Recurrent.State(h, h), null))
                .hasMessageContaining("and no c, got");
        assertThatThrownBy(() -> gru(4, 3).relu()).hasMessageContaining("only rnn can have ReLU");
        assertThatThrownBy(() -> rnn(0, 3)).hasMessageContaining("must be at least 1");
        assertThatThrownBy(() -> rnn(1, 3).dropout(1)).hasMessageContaining("probability in [0, 1)");
        assertThatThrownBy(() -> rnn(4, 3).apply(Tensor.zeros(2, 5, 4))).hasMessageContaining("has no weights yet");
    }
}
