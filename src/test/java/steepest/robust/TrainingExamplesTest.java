package steepest.robust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.Pass;
import steepest.Rng;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Losses;
import steepest.nn.Model;

/** Where each method's examples begin, what they climb and what is minimised on them, on models whose gradients are known. */
class TrainingExamplesTest {
    private static final double EPS = 0.2;

    /** Two logits: class 0's loss grows with every pixel. */
    private static final Model UP = x -> x.flatten(1).sum(1).unsqueeze(1).mul(Tensor.of(new float[][] {{-1, 1}}));

    private static final Tensor Y = Tensor.of(new int[] {0});

    @BeforeAll
    static void device() {
        Device.setDefault(Device.ref());
    }

    private static RobustSettings settings(String method) {
        return RobustSettings.of(method, EPS, Dataset.Domain.UNIT);
    }

    /** How far the method's example lies from a sample whose 400 pixels all have a value. */
    private static double[] moved(RobustSettings s, double pixel) {
        Tensor x = Tensor.full(pixel, 1, 1, 20, 20);
        float[] example =
                RobustTraining.examples(s).of(UP, x, Y, Rng.seed(3)).sub(x).toFloats();
        return IntStream.range(0, example.length).mapToDouble(i -> example[i]).toArray();
    }

    private static long count(double[] values, double from, double to) {
        return IntStream.range(0, values.length)
                .filter(i -> values[i] >= from && values[i] <= to)
                .count();
    }

    @Test
    void fgsmGoesFromTheSampleToTheCorner() {
        double[] grey = moved(settings("fgsm").withStep(0.05), 0.5);
        assertThat(count(grey, 0.0499, 0.0501)).isEqualTo(400);
        assertThat(count(moved(settings("fgsm"), 0.5), 0.1999, 0.2001)).isEqualTo(400);
        assertThat(count(moved(settings("fgsm"), 0.9), 0.0999, 0.1001)).isEqualTo(400);
    }

    /** From u in [−ε, ε], 1.25 ε upwards: three of eight end below ε, on the domain's edge too, where no start is cut to it. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5})
    void fgsmRsStartsAnywhereInTheBall(double pixel) {
        double[] moved = moved(settings("fgsm-rs"), pixel);
        assertThat(count(moved, 0.0499, 0.2001)).isEqualTo(400);
        assertThat(count(moved, 0.0499, 0.1999)).isBetween(110L, 190L);
    }

    /** A short step shows the start: spread over the ball in the middle, half of it cut to 0 at the domain's edge. */
    @Test
    void pgdStartsAnywhereInBallAndDomain() {
        RobustSettings s = settings("pgd").withSteps(1).withStep(0.01);
        double[] grey = moved(s, 0.5);
        assertThat(count(grey, -0.1901, 0.2001)).isEqualTo(400);
        for (double from = -0.19; from < 0.19; from += 0.095)
            assertThat(count(grey, from, from + 0.095)).isBetween(65L, 130L);
        double[] black = moved(s, 0);
        assertThat(count(black, 0.0099, 0.0101)).isBetween(160L, 240L);
        assertThat(count(black, 0.0101, 0.2001)).isBetween(160L, 240L);
    }

    @Test
    void pgdTakesItsStepsWithinTheBall() {
        assertThat(count(moved(settings("pgd").withSteps(3).withStep(0.1), 0.5), 0.0999, 0.2001))
                .isEqualTo(400);
        assertThat(count(moved(settings("pgd").withSteps(4).withStep(0.1), 0.5), 0.1999, 0.2001))
                .isEqualTo(400);
    }

    /** Wrong from the start, or after so many steps: logits 0 and 8 (mean − ½ − 0.01) of grey samples. */
    @Test
    void pgdStopsEarlyWhereAnExampleIsWrong() {
        Model model = x -> {
            Tensor up = x.flatten(1).mean(1).unsqueeze(1).sub(0.51).mul(8);
            return Tensor.concat(1, up.mul(0), up);
        };
        RobustSettings s = settings("pgd").withSteps(4).withStep(0.03);
        Tensor x = Tensor.full(0.5, 2, 1, 20, 20);
        for (boolean stop : new boolean[] {false, true}) {
            float[] moved = RobustTraining.examples(s.withEarlyStop(stop))
                    .of(model, x, Tensor.of(0, 1), Rng.seed(3))
                    .sub(x)
                    .toFloats();
            double[] rises = {0, 0};
            for (int i = 0; i < moved.length; i++) rises[i / 400] += moved[i] / 400;
            // starts lie around 0: class 0's goes up until it is wrong at 0.01, class 1's is wrong at once
            if (stop) {
                assertThat(rises[0]).isBetween(0.01, 0.05);
                assertThat(rises[1]).isBetween(-0.02, 0.01);
            } else {
                assertThat(rises[0]).isGreaterThan(0.08);
                assertThat(rises[1]).isLessThan(-0.08);
            }
        }
    }

    /** A step of 0.05 from within a few thousandths; TRADES climbs away from where it starts, on either side. */
    @ParameterizedTest
    @ValueSource(strings = {"trades", "mart"})
    void tradesAndMartStartNearTheSample(String method) {
        double[] moved = moved(settings(method).withSteps(1).withStep(0.05), 0.5);
        double sign = Math.signum(moved[0]);
        if (method.equals("mart")) assertThat(sign).isEqualTo(1);
        double square = 0;
        for (double m : moved) {
            assertThat(sign * m).isCloseTo(0.05, within(0.005));
            square += Math.pow(sign * m - 0.05, 2);
        }
        assertThat(Math.sqrt(square / moved.length)).isCloseTo(1e-3, within(2e-4));
    }

    /**
     * Logits 16 (−1, 0, 1) a + (0, 1, ¾) b / 100 of pixels a and b around ½, so all classes are alike there. Where a has moved
     * by ¼, q is (e⁻⁴, 1, e⁴) / Z: KL(p ‖ q) grows with b by E_q[w] − E_p[w] = 0.754 − 0.583 of w = (0, 1, ¾), whereas
     * KL(q ‖ p) falls, as the covariance of w and (−1, 0, 1) under q is −0.004; by −¼, all signs are the other way round.
     */
    @Test
    void tradesClimbsTheDivergenceOfTheExampleFromTheSample() {
        Tensor w = Tensor.of(new float[][] {{-16, 0, 16}, {0, 0.01f, 0.0075f}});
        Model model = x -> x.flatten(1).sub(0.5).matmul(w);
        RobustSettings s = RobustSettings.of("trades", 0.25, Dataset.Domain.UNIT)
                .withSteps(2)
                .withStep(0.5);
        Tensor x = Tensor.full(0.5, 20, 1, 1, 2);
        float[] moved = RobustTraining.examples(s)
                .of(model, x, Tensor.zeros(20).cast(steepest.DType.I32), Rng.seed(1))
                .sub(x)
                .toFloats();
        int up = 0;
        for (int i = 0; i < 20; i++) {
            assertThat(Math.abs(moved[2 * i])).isEqualTo(0.25f);
            assertThat(moved[2 * i + 1]).as("with a").isEqualTo(moved[2 * i]);
            if (moved[2 * i] > 0) up++;
        }
        assertThat(up).as("both sides are seen").isBetween(3, 17);
    }

    /** Each objective's loss is its formula's of the samples and of the examples made by the same bits. */
    @ParameterizedTest
    @ValueSource(strings = {"fgsm", "fgsm-rs", "pgd", "trades", "mart"})
    void whatIsMinimisedIsTheLossOfTheseExamples(String method) {
        Tensor w = Tensor.of(new float[][] {{1, -2, 0.5f, 3}, {-1, 1, 0.25f, 4}, {0, 1, -1, 1}});
        Model linear = x -> x.flatten(1).matmul(w.t());
        Tensor x = Tensor.of(new float[][] {{0.5f, 0.4f, 0.3f, 0.6f}, {0.1f, 0.9f, 0, 1}})
                .reshape(2, 1, 2, 2);
        Tensor y = Tensor.of(0, 2);
        RobustSettings s = settings(method);
        Tensor examples =
                RobustTraining.examples(s).of(linear, x, y, Rng.seed(4).fork(0));
        Tensor clean = linear.apply(x);
        Tensor attacked = linear.apply(examples);
        Tensor expected = switch (method) {
            case "trades" -> RobustLosses.trades(clean, attacked, y, 6);
            case "mart" -> RobustLosses.mart(clean, attacked, y, 5);
            default -> Losses.crossEntropy(attacked, y);
        };
        double loss = RobustTraining.of(s)
                .apply(linear, x, y, new Pass(Rng.seed(4)))
                .loss()
                .item();
        assertThat(loss).isCloseTo(expected.item(), within(1e-6));
        assertThat(loss).isNotCloseTo(Losses.crossEntropy(clean, y).item(), within(1e-3));
    }
}
