package steepest.robust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Pass;
import steepest.Program;
import steepest.Rng;
import steepest.Tensor;
import steepest.attack.Norm;
import steepest.data.Dataset;
import steepest.io.WeightsHash;
import steepest.nn.Losses;
import steepest.nn.Model;
import steepest.nn.Sequential;
import steepest.nn.Weights;
import steepest.optim.Adam;
import steepest.optim.Schedule;
import steepest.train.Feed;
import steepest.train.Objective;

class RobustTrainingTest {
    private static final Dataset.Domain UNIT = Dataset.Domain.UNIT;
    private static final double EPS = 0.1;

    private static String trained(RobustSettings settings) {
        return Fixture.train(RobustTraining.of(settings), Fixture.feed(settings.replays(), settings.method()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fgsm", "fgsm-rs", "free", "pgd", "trades", "mart"})
    void theSameSeedGivesTheSameWeightsAndMatters(String method) {
        RobustSettings s = RobustSettings.of(method, EPS, UNIT);
        String first = trained(s);
        assertThat(trained(s)).isEqualTo(first);
        RobustSettings none = RobustSettings.of("none", 0, UNIT);
        assertThat(first).isNotEqualTo(Fixture.train(RobustTraining.of(none), Fixture.feed(s.replays(), method)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fgsm", "fgsm-rs", "free", "pgd", "trades"})
    void withoutEpsilonItIsNaturalTraining(String method) {
        RobustSettings s = RobustSettings.of(method, 0, UNIT);
        String natural = Fixture.train(Objective.natural(), Fixture.feed(s.replays(), method));
        assertThat(trained(s)).isEqualTo(natural);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fgsm", "fgsm-rs", "free", "pgd", "trades", "mart", "label-smoothing"})
    void onlyTheOptimizerChangesWeights(String method) {
        Sequential net = Fixture.net();
        Map<String, HostArray> before = Weights.of(net);
        Objective objective = RobustTraining.of(RobustSettings.of(method, EPS, UNIT));
        Dataset.Batch b = Fixture.data().batches(16).get(0);
        Pass pass = new Pass(Rng.seed(1));
        double loss = objective.apply(net, b.x(), b.y(), pass).loss().item();
        assertThat(loss).isFinite().isPositive();
        assertThat(pass.updates()).hasSize(method.equals("free") ? 1 : 0);
        assertThat(WeightsHash.sha256(Weights.of(net))).isEqualTo(WeightsHash.sha256(before));
    }

    @ParameterizedTest
    @ValueSource(strings = {"LINF", "L2"})
    void examplesStayInBallAndDomainAndRaiseTheLoss(String name) {
        Norm norm = Norm.valueOf(name);
        Sequential net = Fixture.net();
        Dataset.Batch b = Fixture.data().batches(32).get(0);
        for (InnerAttack.Start start : InnerAttack.Start.values()) {
            InnerAttack attack = new InnerAttack(norm, 0.2, 0.05, 6, start, UNIT);
            Tensor adversarial = attack.examples(net, b.x(), Rng.seed(3), z -> Losses.crossEntropyEach(z, b.y()));
            float[] x = b.x().toFloats();
            float[] a = adversarial.toFloats();
            int n = a.length / b.size();
            for (int i = 0; i < b.size(); i++)
                assertThat(norm.of(x, a, i * n, (i + 1) * n)).isLessThanOrEqualTo(0.2 * (1 + 1e-6));
            for (float v : a) assertThat(v).isBetween(0f, 1f);
            double clean = Losses.crossEntropy(net.apply(b.x()), b.y()).item();
            assertThat(Losses.crossEntropy(net.apply(Tensor.of(adversarial.toHost())), b.y())
                            .item())
                    .isGreaterThan(clean);
        }
    }

    /** On a linear model with two classes the best L∞ perturbation is known: ε times the sign of w₁ − w₀. */
    @Test
    void onALinearModelExamplesAreOptimal() {
        Tensor w = Tensor.of(new float[][] {{1, -2, 0.5f, 3}, {-1, 1, 0.25f, 4}});
        Model linear = x -> x.flatten(1).matmul(w.t());
        Tensor x = Tensor.of(new float[][] {{0.5f, 0.5f, 0.5f, 0.5f}}).reshape(1, 1, 2, 2);
        Tensor y = Tensor.of(new int[] {0});
        InnerAttack fgsm = new InnerAttack(Norm.LINF, 0.25, 0.25, 1, InnerAttack.Start.SAMPLE, UNIT);
        Tensor adversarial = fgsm.examples(linear, x, Rng.seed(0), z -> Losses.crossEntropyEach(z, y));
        assertThat(adversarial.toFloats()).containsExactly(0.25f, 0.75f, 0.25f, 0.75f);
    }

    /** From black pixels and points out of the domain, a step of 1.25 ε upwards ends between ε/4 and ε, not always at ε. */
    @Test
    void aStartInTheBallIsNotCutToTheDomain() {
        Model up = x -> x.flatten(1).sum(1).unsqueeze(1).mul(Tensor.of(new float[][] {{-1, 1}}));
        Tensor black = Tensor.zeros(1, 1, 20, 20);
        Tensor y = Tensor.of(new int[] {0});
        for (InnerAttack.Start start : List.of(InnerAttack.Start.BALL, InnerAttack.Start.UNIFORM)) {
            var attack = new InnerAttack(Norm.LINF, 0.2, 0.25, 1, start, UNIT);
            float[] pixels = attack.examples(up, black, Rng.seed(0), z -> Losses.crossEntropyEach(z, y))
                    .toFloats();
            int inside = 0;
            for (float p : pixels) {
                assertThat(p).isBetween(0.0499f, 0.2001f);
                if (p < 0.1999f) inside++;
            }
            // three of eight: those that begin below ε − 1.25 ε
            if (start == InnerAttack.Start.BALL) assertThat(inside).isBetween(110, 190);
            else assertThat(inside).isZero();
        }
    }

    /** Two replays of one batch, followed by hand: the first sees δ = 0, the second ε times the sign of the first's gradient. */
    @Test
    void freeCarriesThePerturbation() {
        Tensor w = Tensor.of(new float[][] {{1, -2, 0.5f, 3}, {-1, 1, 0.25f, 4}});
        Model linear = x -> x.flatten(1).matmul(w.t());
        Objective free = RobustTraining.of(RobustSettings.of("free", 0.25, UNIT));
        float[][] rows = {{0.5f, 0.5f, 0.5f, 0.5f}, {0.1f, 0.9f, 0.5f, 0.5f}};
        Tensor x = Tensor.of(rows).reshape(2, 1, 2, 2);
        Tensor one = x.slice(0, 0, 1).evaluate();
        try (Program step = Program.of((in, y, pass) -> {
                    Objective.Outcome out = free.apply(linear, in, y, pass);
                    return steepest.Step.of(out.logits()).update(pass.updates());
                })
                .on(Device.of("ref"))) {
            float[] first = step.call(x, Tensor.of(0, 0)).toFloats();
            assertThat(first).containsExactly(linear.apply(x).toFloats(), within(1e-6f));
            Tensor moved =
                    Tensor.of(new float[][] {{0.25f, 0.75f, 0.25f, 0.75f}}).reshape(1, 1, 2, 2);
            float[] second = step.call(one, Tensor.of(new int[] {0})).toFloats();
            assertThat(second).containsExactly(linear.apply(moved).toFloats(), within(1e-6f));
            // the smaller batch left the second sample's perturbation as it was
            Tensor both = Tensor.of(new float[][] {{0.25f, 0.75f, 0.25f, 0.75f}, {0, 1, 0.25f, 0.75f}})
                    .reshape(2, 1, 2, 2);
            float[] third = step.call(x, Tensor.of(0, 0)).toFloats();
            assertThat(third).containsExactly(linear.apply(both).toFloats(), within(1e-6f));
        }
    }

    @Test
    void replaysRepeatEachBatch() {
        Dataset data = Fixture.data();
        Feed feed = Feed.replayed(Feed.shuffled(data, 48, 1), 3);
        List<Integer> firsts = new java.util.ArrayList<>();
        for (Dataset.Batch b : feed.epoch(1)) firsts.add(b.index()[0]);
        assertThat(firsts).hasSize((int) feed.steps()).hasSize(6);
        assertThat(firsts.get(0)).isEqualTo(firsts.get(2)).isNotEqualTo(firsts.get(3));
        assertThat(firsts.get(3)).isEqualTo(firsts.get(5));
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThatThrownBy(() -> RobustSettings.of("pdg", 0.1, UNIT))
                .hasMessageContaining("unknown robust training pdg");
        RobustSettings s = RobustSettings.of("pgd", 0.1, UNIT);
        assertThatThrownBy(() -> s.withReplays(0)).hasMessageContaining("replays");
        assertThatThrownBy(() -> RobustTraining.of(s.withSteps(0))).hasMessageContaining("steps");
        assertThatThrownBy(() -> RobustTraining.of(s.withNorm(Norm.L1)))
                .hasMessageContaining("norm must be linf or l2");
        assertThatThrownBy(() -> RobustTraining.of(RobustSettings.of("pgd", -1, UNIT)))
                .hasMessageContaining("epsilon");
    }

    /** Nets, data and training for tests of this package. */
    static final class Fixture {
        private Fixture() {}

        static Dataset data() {
            int n = 96;
            float[] x = new float[n * 16];
            int[] y = new int[n];
            int[] bits = new int[x.length];
            steepest.Philox.bits(Rng.seed(5).next(), 0, 0, bits.length, bits, 0);
            for (int i = 0; i < x.length; i++) {
                y[i / 16] = i / 16 % 3;
                x[i] = 0.5f * steepest.Philox.uniform(bits[i]) + (i % 16 % 3 == y[i / 16] ? 0.45f : 0.05f);
            }
            return Dataset.ofFloats(
                    "thirds", HostArray.of(x, steepest.Shape.of(n, 1, 4, 4)), y, List.of("a", "b", "c"));
        }

        static Sequential net() {
            Device.setDefault(Device.of("cpu"));
            return Sequential.of(
                            steepest.nn.Layers.flatten(),
                            steepest.nn.Layers.dense(16, 12),
                            steepest.nn.Layers.relu(),
                            steepest.nn.Layers.dropout(0.2),
                            steepest.nn.Layers.dense(12, 3))
                    .init(Rng.seed(2));
        }

        static Feed feed(int replays, String method) {
            Feed once = Feed.shuffled(data(), 40, 3);
            return method.equals("free") ? Feed.replayed(once, replays) : once;
        }

        /** The hash of the weights after an epoch. */
        static String train(Objective objective, Feed feed) {
            Sequential net = net();
            Adam adam = new Adam(net.params(), Schedule.of("constant", 0.01, 1));
            try (Program step = Program.of((x, y, pass) ->
                            adam.minimize(objective.apply(net, x, y, pass).loss(), pass))
                    .on(Device.of("cpu"))
                    .seed(9)) {
                for (Dataset.Batch b : feed.epoch(1)) step.run(b.x(), b.y());
            }
            return WeightsHash.sha256(Weights.of(net));
        }
    }
}
