package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;
import steepest.data.Dataset;
import steepest.nn.Model;

class JudgeTest {
    /** Class 1 where the first pixel is above a half. */
    private static final Model STEP = Fixture.linear(new float[][] {{-1, 0}, {1, 0}}, new float[] {0.5f, -0.5f});

    private static Samples samples(float... x) {
        int n = x.length / 2;
        int[] y = IntStream.range(0, n).map(i -> x[2 * i] > 0.5f ? 1 : 0).toArray();
        return new Samples(
                HostArray.of(x, Shape.of(n, 1, 1, 2)), y, IntStream.range(0, n).toArray());
    }

    /** Puts the same example in every sample's place. */
    private record Puts(Norm norm, double epsilon, boolean isMinimumNorm, float... pixels) implements Attack {
        @Override
        public String name() {
            return "puts";
        }

        @Override
        public Outcome run(Victim victim, Samples samples, long seed, IntConsumer progress) {
            float[] x = samples.x().floats().clone();
            for (int i = 0; i < x.length; i++) x[i] = pixels[i % 2];
            progress.accept(samples.size());
            return new Outcome(HostArray.of(x, samples.x().shape()), new int[samples.size()], new int[samples.size()]);
        }
    }

    private static Verdict judge(Attack attack, Samples samples) {
        return Fixture.judge(STEP, attack, samples, 2, 0);
    }

    @Test
    void cutsToDomainAndBallWhateverAnAttackReturns() {
        Samples s = samples(0.4f, 0.5f);
        assertThat(judge(new Puts(Norm.LINF, 0.25, false, -3, 9), s)
                        .adversarial()
                        .floats())
                .containsExactly((float) (0.4f - 0.25), 0.75f);
        Verdict l2 = judge(new Puts(Norm.L2, 0.25, false, 0.4f + 0.6f, 0.5f + 0.5f), s);
        assertThat(l2.distance()[0]).isLessThanOrEqualTo(0.25).isCloseTo(0.25, within(1e-6));
        Verdict l1 = judge(new Puts(Norm.L1, 0.25, false, 1, 1), s);
        assertThat(l1.distance()[0]).isLessThanOrEqualTo(0.25).isCloseTo(0.25, within(1e-6));
        assertThat(judge(new Puts(Norm.LINF, 5, false, -3, 9), s).adversarial().floats())
                .containsExactly(0, 1);
    }

    @Test
    void holdsTinyBallsInDouble() {
        float[] x = Fixture.uniform(3, 2000);
        float[] far = new float[2000];
        HostArray clean = HostArray.of(x, Shape.of(1000, 1, 1, 2));
        for (double epsilon : new double[] {1e-9, 1e-7, 1 / 255.0, 0.3})
            for (Norm norm : new Norm[] {Norm.LINF, Norm.L2, Norm.L1}) {
                HostArray held =
                        Guard.hold(clean, HostArray.of(far, clean.shape()), norm, epsilon, Fixture.UNIT, false);
                for (int i = 0; i < 1000; i++)
                    assertThat(norm.of(x, held.floats(), 2 * i, 2 * i + 2)).isLessThanOrEqualTo(epsilon);
            }
    }

    @Test
    void aFilterDropsWhatLiesOutside() {
        Samples s = samples(0.4f, 0.5f);
        assertThat(judge(new Puts(Norm.LINF, 0.1, true, 0.6f, 0.5f), s).adversarial())
                .isEqualTo(s.x());
        assertThat(judge(new Puts(Norm.LINF, 0.3, true, 0.6f, 0.5f), s).predicted())
                .containsExactly(1);
        assertThat(judge(new Puts(Norm.LINF, Double.POSITIVE_INFINITY, true, 1, 1), s)
                        .robustAccuracy())
                .isZero();
    }

    @Test
    void whatIsNotANumberIsNoExample() {
        Samples s = samples(0.4f, 0.5f);
        Verdict v = judge(new Puts(Norm.LINF, 1, false, Float.NaN, 1), s);
        assertThat(v.adversarial()).isEqualTo(s.x());
        assertThat(v.robustAccuracy()).isOne();
    }

    @Test
    void tellsWhatSurvivesRounding() {
        // 0.5004 is class 1 as it is, and 128/255 is too; 0.5001 rounds to level 128 as well; 0.4999 to 127
        Samples s = samples(0.49f, 0.5f, 0.55f, 0.5f);
        Verdict v = judge(new Puts(Norm.LINF, 0.3, false, 0.50001f, 0.5f), s);
        assertThat(v.predicted()).containsExactly(1, 1);
        assertThat(v.rounded()).containsExactly(1, 1);
        Model high = Fixture.linear(new float[][] {{-1, 0}, {1, 0}}, new float[] {0.505f, -0.505f});
        Verdict fragile =
                Fixture.judge(high, new Puts(Norm.LINF, 0.3, false, 0.5055f, 0.5f), samples(0.45f, 0.5f), 2, 0);
        // 0.5055 is nearest to 129/255 = 0.5059
        assertThat(fragile.rounded()).containsExactly(1);
        Verdict lost = Fixture.judge(high, new Puts(Norm.LINF, 0.3, false, 0.50505f, 0.5f), samples(0.45f, 0.5f), 2, 0);
        assertThat(lost.predicted()).containsExactly(1);
        assertThat(lost.rounded()).containsExactly(1);
        assertThat(lost.roundedRobustAccuracy()).isZero();
        Model higher = Fixture.linear(new float[][] {{-1, 0}, {1, 0}}, new float[] {0.502f, -0.502f});
        Verdict gone =
                Fixture.judge(higher, new Puts(Norm.LINF, 0.3, false, 0.5025f, 0.5f), samples(0.45f, 0.5f), 2, 0);
        // 0.5025 is nearest to 128/255 = 0.50196, below the step
        assertThat(gone.robustAccuracy()).isZero();
        assertThat(gone.roundedRobustAccuracy()).isOne();
    }

    @Test
    void theWorstCaseTakesEachSamplesWorst() {
        Samples s = samples(0.45f, 0.5f, 0.55f, 0.5f, 0.1f, 0.5f);
        Verdict up = judge(new Puts(Norm.LINF, 0.2, false, 1, 0.5f), s);
        Verdict down = judge(new Puts(Norm.LINF, 0.2, false, 0, 0.5f), s);
        assertThat(up.robustAccuracy()).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(down.robustAccuracy()).isCloseTo(2 / 3.0, within(1e-12));
        WorstCase worst = new WorstCase(List.of(up, down));
        assertThat(worst.robustAccuracy()).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(worst.isRobust(2)).isTrue();
        assertThat(up.medianNorm().getAsDouble()).isCloseTo(0.2, within(1e-6));
        assertThat(up.successRate()).isCloseTo(1 / 3.0, within(1e-12));
        assertThatThrownBy(() -> new WorstCase(List.of(up, judge(new Puts(Norm.LINF, 1, false, 0, 0), s.select(0)))))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("different samples");
    }

    @Test
    void wilsonsInterval() {
        // 8 of 10: 0.4902, 0.9433 (Brown, Cai and DasGupta, 2001, tabulate the method)
        assertThat(Interval.wilson(8, 10).low()).isCloseTo(0.4902, within(1e-4));
        assertThat(Interval.wilson(8, 10).high()).isCloseTo(0.9433, within(1e-4));
        assertThat(Interval.wilson(0, 10).low()).isZero();
        assertThat(Interval.wilson(0, 10).high()).isCloseTo(0.2775, within(1e-4));
        assertThat(Interval.wilson(10, 10).high()).isOne();
        assertThat(Interval.wilson(0, 0)).isEqualTo(new Interval(0, 1));
    }

    @Test
    void refusesWhatDoesNotFit() {
        Attack attack = Attacks.of("fgsm", Options.of(Norm.LINF, 0.1));
        Samples outside =
                new Samples(HostArray.of(new float[] {0.5f, 1.5f}, Shape.of(1, 1, 1, 2)), new int[1], new int[] {42});
        assertThatThrownBy(() -> judge(attack, outside))
                .isInstanceOf(SteepestException.class)
                .hasMessage("sample 42: expected pixels in the model's domain [0.0, 1.0], found 1.5");
        Samples third = new Samples(HostArray.of(new float[2], Shape.of(1, 1, 1, 2)), new int[] {2}, new int[1]);
        assertThatThrownBy(() -> judge(attack, third))
                .hasMessageContaining("class 2")
                .hasMessageContaining("2 classes");
    }

    @Test
    void judgesDatasetsAndKeepsArrays() {
        HostArray images = samples(0.45f, 0.5f, 0.95f, 0.5f, 0.1f, 0.5f).x();
        Dataset data = Dataset.ofFloats("three", images, new int[] {0, 1, 1}, List.of("low", "high"));
        List<Integer> heard = new ArrayList<>();
        try (Judge judge = new Judge(STEP, data.domain(), Fixture.device(), 1)
                .listener((attack, done, total) -> heard.add(10 * done + total))) {
            WorstCase w = judge.judge(
                    List.of(
                            Attacks.of("fgsm", Options.of(Norm.LINF, 0.1)),
                            Attacks.of("bim", Options.of(Norm.LINF, 0.1))),
                    data.select(2, 0, 1),
                    0);
            Verdict v = w.verdicts().get(0);
            assertThat(v.cleanAccuracy()).isCloseTo(2 / 3.0, within(1e-12));
            assertThat(v.robustAccuracy()).isCloseTo(1 / 3.0, within(1e-12));
            assertThat(v.index()).containsExactly(2, 0, 1);
            assertThat(v.arrays().keySet()).containsExactly("x", "x_adv", "y", "pred", "index");
            assertThat(v.arrays().get("x_adv").shape()).isEqualTo(Shape.of(3, 1, 1, 2));
        }
        assertThat(heard).containsExactly(12, 22, 12, 22);
    }
}
