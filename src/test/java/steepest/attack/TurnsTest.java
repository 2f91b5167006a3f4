package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.Tensor;

/** Single turns of attacks, followed by hand. */
class TurnsTest {
    private static final Shape PLANE = Shape.of(1, 1, 2);

    private static Samples grey(int n) {
        float[] x = new float[2 * n];
        Arrays.fill(x, 0.5f);
        return new Samples(HostArray.of(x, Shape.of(n, 1, 1, 2)), new int[n], new int[n]);
    }

    /** An attack on samples of class 0 at (0.5, 0.5), where class 1 begins at 0.6 of the first pixel. */
    private static Turns turns(LaneAttack attack, int n) {
        return new Turns(attack, Fixture.linear(new float[][] {{0, 0}, {1, 0}}, new float[] {0, -0.6f}), grey(n));
    }

    private static Tensor pixels(float... values) {
        return Tensor.of(HostArray.of(values, Shape.of(values.length / 2, 1, 1, 2)));
    }

    private static void isCloseTo(Tensor actual, double... expected) {
        float[] a = actual.toFloats();
        assertThat(a).hasSize(expected.length);
        for (int i = 0; i < a.length; i++) assertThat((double) a[i]).isCloseTo(expected[i], within(1e-5));
    }

    /** The c of Carlini and Wagner's attack: ten times as large until it is enough, then half-way between the bounds. */
    @Test
    void carliniWagnerBisectsC() {
        CarliniWagner attack = new CarliniWagner(Budget.of(Norm.L2, 1), new CarliniWagner.Settings(1, 8, 0.01, 1, 0));
        boolean[][] enough = {{false, true}, {false, true}, {true, false}, {false, true}, {true, true}, {true, false}};
        double[][] c = {
            {1, 1}, {10, 0.5}, {100, 0.25}, {55, 0.375}, {77.5, 0.3125}, {66.25, 0.28125}, {60.625, 0.296875}
        };
        try (Turns t = turns(attack, 2)) {
            t.take(0);
            isCloseTo(t.state(5), c[0]);
            for (int i = 0; i < enough.length; i++) {
                byte[] flags = {(byte) (enough[i][0] ? 1 : 0), (byte) (enough[i][1] ? 1 : 0)};
                t.set(8, Tensor.of(HostArray.of(DType.BOOL, flags, Shape.of(2))));
                t.take(2);
                isCloseTo(t.state(5), c[i + 1]);
                assertThat(t.state(8).toHost().bytes()).containsOnly(0);
            }
        }
    }

    /** 100 √t before the t-th jump, in twenties; what all of them have in common is no direction (equation 16). */
    @Test
    void hopSkipJumpAsksMoreNeighboursEachTimeAndTakesOffTheirDrift() {
        HopSkipJump attack = new HopSkipJump(Budget.of(Norm.L2, 1), 9, 100);
        List<Phase.Stage> stages = attack.stages(2, PLANE);
        int[] expected = {5, 8, 9, 10, 12, 13, 14, 15, 15};
        for (int t = 0; t < 9; t++) {
            assertThat(stages.get(5 + 5 * t).turns()).isEqualTo(expected[t]);
            assertThat(stages.get(5 + 5 * t).phase().forwards()).isEqualTo(20);
        }
        try (Turns t = turns(new HopSkipJump(Budget.of(Norm.L2, 1), 9, 20), 2)) {
            t.take(0);
            t.set(2, pixels(0.8f, 0.9f, 0.8f, 0.9f));
            // the fourth time, of 40 neighbours 30 across and 10 not, or all across
            t.set(7, pixels(3, 4, 3, 4));
            t.set(8, pixels(6, 0, 6, 0));
            t.set(9, Tensor.of(new float[] {20, 40}));
            t.set(11, Tensor.of(new float[] {4, 4}));
            t.take(6);
            isCloseTo(t.state(7), 0, 1, 0.6, 0.8);
            // from (0.5, 0.5) to (0.8, 0.9) over √4
            isCloseTo(t.state(10), 0.25, 0.25);
            isCloseTo(t.state(11), 5, 5);
        }
    }

    @Test
    void spsaGoesOnWithAdam() {
        Spsa attack = new Spsa(Budget.of(Norm.LINF, 0.4), 2, 1, 0.1, 0.01);
        try (Turns t = turns(attack, 1)) {
            t.take(0);
            // gradients (1, −2), then (−0.5, −2): sums over a pair, 2 · 0.01 apart
            t.set(3, pixels(0.02f, -0.04f));
            t.take(2);
            isCloseTo(t.state(2), 0.6, 0.4);
            t.set(3, pixels(-0.01f, -0.04f));
            t.take(2);
            // 0.04 / 0.19 over the root of 0.001249 / 0.001999
            isCloseTo(t.state(2), 0.6 + 0.1 * 0.266336, 0.3);
            isCloseTo(t.state(3), 0, 0);
        }
    }

    /** Steps to the boundary at 0.6, with 5 % to spare, part of the way as from the sample: at most a tenth. */
    @Test
    void fabStepsToTheBoundaryBiasedTowardsTheSample() {
        Fab attack = new Fab(Budget.of(Norm.L2, 1), 3, 1);
        try (Turns t = turns(attack, 2)) {
            t.take(0);
            t.take(1);
            // 0.04 and 0.01 before it, the sample 0.1: 0.04/0.14 is more than a tenth, 0.01/0.11 less
            t.set(2, pixels(0.56f, 0.7f, 0.59f, 0.7f));
            t.take(2);
            double alpha = 1 / 11.0;
            double[] one = {0.9 * 0.602 + 0.1 * 0.605, 0.9 * 0.7 + 0.1 * 0.5};
            double[] two = {(1 - alpha) * 0.6005 + alpha * 0.605, (1 - alpha) * 0.7 + alpha * 0.5};
            isCloseTo(t.state(0), one[0], one[1], two[0], two[1]);
            // across: back by a tenth
            List<Double> back = new ArrayList<>();
            for (double z : new double[] {one[0], one[1], two[0], two[1]}) back.add(0.5 + 0.9 * (z - 0.5));
            isCloseTo(t.state(2), back.stream().mapToDouble(z -> z).toArray());
            // not yet across
            t.set(2, pixels(0.2f, 0.5f, 0.6f - 1e-4f, 0.5f));
            t.take(2);
            isCloseTo(t.state(2), 0.5 + 0.9 * (0.9 * 0.62 + 0.1 * 0.605 - 0.5), 0.5, 0.5 + 0.9 * 0.1, 0.5);
        }
    }

    @Test
    void withinAutoFabLeavesAsSoonAsItIsWithin() {
        Samples s = LinearCase.samples(true);
        double bias = 1 - LinearCase.dot(s.x().floats(), 0);
        Samples one = s.select(0);
        double distance = 1 / LinearCase.length();
        for (double factor : new double[] {0.9, 1.5}) {
            Fab all = new Fab(Budget.of(Norm.L2, factor * distance), 10, 3);
            Options o = Options.of(Norm.L2, factor * distance).with("steps", 10).with("targets", 3);
            Attack few = ((Ensemble) Attacks.of("auto", o)).parts().get(2);
            Verdict v = Fixture.judge(LinearCase.fourClasses(bias), all, one, 1, 0);
            Verdict w = Fixture.judge(LinearCase.fourClasses(bias), few, one, 1, 0);
            assertThat(v.robustAccuracy()).isEqualTo(factor < 1 ? 1 : 0);
            assertThat(w.robustAccuracy()).isEqualTo(v.robustAccuracy());
            assertThat(v.gradients()).containsExactly(30);
            assertThat(w.gradients()).containsExactly(factor < 1 ? 30 : 10);
        }
    }
}
