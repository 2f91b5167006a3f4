package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.nn.Model;
import steepest.nn.Sequential;

class ApgdTest {
    @Test
    void checkpointsAreThoseOfThePaper() {
        assertThat(Apgd.checkpoints(100)).containsExactly(22, 41, 57, 70, 80, 87, 93, 99);
        assertThat(Apgd.checkpoints(1000)).containsExactly(220, 410, 570, 700, 800, 870, 930, 990);
        // 0.22 · 10 = 2.2 and so on, rounded up; what coincides counts once
        assertThat(Apgd.checkpoints(10)).containsExactly(3, 5, 6, 7, 8, 9, 10);
        assertThat(Apgd.checkpoints(2)).containsExactly(1, 2);
    }

    @ParameterizedTest
    @CsvSource({"apgd-ce,linf,0.1", "apgd-ce,l2,0.02", "apgd-dlr,linf,0.1", "apgd-t,linf,0.1", "apgd-t,l2,0.02"})
    void reachesTheClosedFormOptimumOfALinearModel(String name, String norm, double epsilon) {
        Options o = Options.of(Norm.of(norm), epsilon).with("steps", 60);
        if (name.equals("apgd-t")) o = o.with("targets", 1);
        Samples samples = LinearCase.samples(norm.equals("l2"));
        Verdict v = Fixture.judge(LinearCase.fourClasses(6), Attacks.of(name, o), samples, 4, 0);
        assertThat(v.robustAccuracy()).isOne();
        for (int i = 0; i < 4; i++) {
            double least = LinearCase.least(Norm.of(norm), samples.x().floats(), i, epsilon);
            assertThat(LinearCase.dot(v.adversarial().floats(), i)).isBetween(least - 1e-5, least + 5e-5);
        }
        assertThat(v.gradients()).containsOnly(60);
        assertThat(v.forwards()).containsOnly(name.equals("apgd-t") ? 2 : 1);
    }

    /** Class 1 gains on class 0 towards a peak at (0.45, 0.6) in the plane of the first two pixels, over waves of that height. */
    private static Model peak(double waves) {
        Tensor top = Tensor.of(new float[] {0.45f, 0.6f});
        return x -> {
            Tensor away = x.flatten(1).sub(top);
            Tensor gain =
                    away.square().mul(-4).add(away.mul(30).sin().mul(waves)).sumKeep(1);
            return Tensor.concat(1, gain.mul(0), gain.sub(3));
        };
    }

    private static Samples points(int n) {
        float[] x = Fixture.uniform(21, 2 * n);
        for (int i = 0; i < x.length; i++) x[i] = 0.5f + 0.1f * (x[i] - 0.5f);
        int[] numbers = IntStream.range(0, n).toArray();
        return new Samples(HostArray.of(x, Shape.of(n, 1, 1, 2)), new int[n], numbers);
    }

    @ParameterizedTest
    @CsvSource({"linf,0.2", "l2,0.3"})
    void settlesOnAPeakInsideTheBall(String norm, double epsilon) {
        Device.setDefault(Fixture.device());
        Attack attack = Attacks.of("apgd-ce", Options.of(Norm.of(norm), epsilon));
        Verdict v = Fixture.judge(peak(0), attack, points(8), 8, 0);
        float[] a = v.adversarial().floats();
        // steps of 2 ε oscillate about it
        for (int i = 0; i < 16; i++) assertThat(a[i]).isCloseTo(i % 2 == 0 ? 0.45f : 0.6f, within(0.01f));
    }

    /** Algorithm 1 followed in the plane, next to what the attack does turn by turn. */
    @Test
    void followsAlgorithm1() {
        int n = 48;
        int steps = 20;
        double epsilon = 0.2;
        Samples samples = points(n);
        Apgd attack = new Apgd("apgd-ce", Budget.of(Norm.LINF, epsilon), AttackLoss.CROSS_ENTROPY, steps, 1, 0);
        try (Turns turns = new Turns(attack, peak(0.1), samples)) {
            turns.take(0);
            turns.take(1);
            assertThat(turns.stage(2).turns()).isEqualTo(steps);
            float[] start = turns.state(2).toFloats();
            Climb[] climbs = new Climb[n];
            for (int i = 0; i < n; i++)
                climbs[i] = new Climb(samples.x().floats(), start, 2 * i, epsilon, Apgd.checkpoints(steps));
            for (int t = 0; t < steps; t++) {
                turns.take(2);
                float[] at = turns.state(2).toFloats();
                float[] size = turns.state(9).toFloats();
                for (int i = 0; i < n; i++) {
                    climbs[i].step(t);
                    assertThat(size[i]).isEqualTo((float) climbs[i].size);
                    assertThat((double) at[2 * i]).isCloseTo(climbs[i].at[0], within(1e-5));
                    assertThat((double) at[2 * i + 1]).isCloseTo(climbs[i].at[1], within(1e-5));
                }
            }
            // all that a checkpoint may say has been said
            assertThat(Stream.of(climbs).mapToInt(c -> c.slow).sum()).isPositive();
            assertThat(Stream.of(climbs).mapToInt(c -> c.stuck).sum()).isPositive();
            assertThat(Stream.of(climbs).mapToInt(c -> c.well).sum()).isPositive();
            assertThat(Stream.of(climbs).mapToInt(c -> c.back).sum()).isPositive();
        }
    }

    /** One climb of the peak with waves of height 0.1, in double precision. */
    private static final class Climb {
        private final double[] low = new double[2];
        private final double[] high = new double[2];
        private final List<Integer> checkpoints;
        private double[] at = new double[2];
        private double[] before;
        private double[] top;
        private double size;
        private double highest = Double.NEGATIVE_INFINITY;
        private double lastGain;
        private double checkedHighest;
        private int climbed;
        private int checkpoint;
        private boolean halvedBefore;
        private int slow;
        private int stuck;
        private int well;
        private int back;

        Climb(float[] x, float[] start, int from, double epsilon, List<Integer> checkpoints) {
            for (int j = 0; j < 2; j++) {
                low[j] = (float) (x[from + j] - epsilon);
                high[j] = (float) (x[from + j] + epsilon);
                at[j] = start[from + j];
            }
            this.size = 2 * epsilon;
            this.checkpoints = checkpoints;
        }

        private static double away(double[] p, int j) {
            return p[j] - (j == 0 ? 0.45f : 0.6f);
        }

        private static double gain(double[] p) {
            double sum = 0;
            for (int j = 0; j < 2; j++) sum += -4 * away(p, j) * away(p, j) + 0.1 * Math.sin(30 * away(p, j));
            return sum;
        }

        private static double slope(double[] p, int j) {
            return -8 * away(p, j) + 3 * Math.cos(30 * away(p, j));
        }

        private double inBall(double value, int j) {
            return Math.min(Math.max(value, low[j]), high[j]);
        }

        void step(int t) {
            double gain = gain(at);
            if (gain > highest) {
                highest = gain;
                top = at;
            }
            if (t == 0) checkedHighest = highest;
            else if (gain > lastGain) climbed++;
            lastGain = gain;
            double[] from = at;
            if (checkpoints.contains(t)) {
                boolean isSlow = climbed < 0.75 * (t - checkpoint);
                boolean isStuck = !halvedBefore && checkedHighest == highest;
                if (isSlow || isStuck) {
                    if (top != at) back++;
                    size /= 2;
                    from = top;
                }
                if (isSlow && !isStuck) slow++;
                if (isStuck && !isSlow) stuck++;
                if (!isSlow && !isStuck) well++;
                halvedBefore = isSlow || isStuck;
                checkedHighest = highest;
                climbed = 0;
                checkpoint = t;
            }
            double[] next = new double[2];
            for (int j = 0; j < 2; j++) {
                double z = inBall(from[j] + size * Math.signum(slope(from, j)), j);
                double alpha = t == 0 ? 1 : 0.75;
                double momentum = t == 0 ? 0 : (1 - alpha) * (from[j] - before[j]);
                next[j] = inBall(from[j] + alpha * (z - from[j]) + momentum, j);
            }
            before = from;
            at = next;
        }
    }

    @Test
    void findsAtLeastWhatFewStepsOfPgdFind() {
        Sequential net = Fixture.net(5);
        Samples samples = Fixture.samples(net, 64, 5);
        Options o = Options.of(Norm.LINF, 0.05);
        Verdict apgd = Fixture.judge(net, Attacks.of("apgd-ce", o.with("steps", 30)), samples, 32, 0);
        Verdict pgd = Fixture.judge(net, Attacks.of("pgd", o.with("steps", 5)), samples, 32, 0);
        assertThat(apgd.robustAccuracy()).isLessThanOrEqualTo(pgd.robustAccuracy());
    }

    @Test
    void triesAsManyClassesAsThereAre() {
        Samples samples = LinearCase.samples(false);
        Options o = Options.of(Norm.LINF, 0.01).with("steps", 3);
        Verdict v = Fixture.judge(LinearCase.fourClasses(6), Attacks.of("apgd-t", o), samples, 4, 0);
        assertThat(v.gradients()).containsOnly(9);
    }

    @Test
    void refusesModelsOfTooFewClasses() {
        Options o = Options.of(Norm.LINF, 0.1);
        Samples samples = LinearCase.samples(false);
        assertThatThrownBy(() -> Fixture.judge(LinearCase.model(6), Attacks.of("apgd-dlr", o), samples, 4, 0))
                .isInstanceOf(SteepestException.class)
                .hasMessage("attack apgd-dlr: its loss needs at least 3 classes, the model has 2");
        assertThatThrownBy(() -> Fixture.judge(LinearCase.model(6), Attacks.of("apgd-t", o), samples, 4, 0))
                .hasMessageContaining("at least 4 classes");
    }
}
