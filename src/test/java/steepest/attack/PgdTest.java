package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Shape;
import steepest.Tensor;
import steepest.nn.Model;
import steepest.nn.Sequential;

class PgdTest {
    @ParameterizedTest
    @CsvSource({
        "fgsm,linf,0.1",
        "fgsm-rs,linf,0.1",
        "bim,linf,0.3",
        "pgd,linf,0.3",
        "mim,linf,0.3",
        "fgsm,l2,0.02",
        "pgd,l2,0.02",
        "bim,l2,0.02",
        "bim,l1,2.5"
    })
    void reachesTheClosedFormOptimumOfALinearModel(String name, String norm, double epsilon) {
        // the bias keeps class 0 out of reach, so that the attack goes on to the very worst point
        Options o = Options.of(Norm.of(norm), epsilon);
        if (name.equals("pgd")) o = o.with("steps", 40).with("step", epsilon);
        if (norm.equals("l1"))
            o = o.with("steps", 150).with("step", epsilon / 100).with("sparsity", 0);
        Samples samples = LinearCase.samples(norm.equals("l2"));
        Verdict v = Fixture.judge(LinearCase.model(6), Attacks.of(name, o), samples, 4, 0);
        assertThat(v.robustAccuracy()).isEqualTo(1);
        for (int i = 0; i < 4; i++) {
            double worst = LinearCase.least(Norm.of(norm), samples.x().floats(), i, epsilon);
            // FGSM-RS steps 1.25 ε from a random point: it reaches all corners but those that lie further
            double tolerance =
                    name.equals("fgsm-rs") ? 0.75 * epsilon * LinearCase.D : norm.equals("l1") ? epsilon / 100 : 2e-5;
            assertThat(LinearCase.dot(v.adversarial().floats(), i)).isBetween(worst - 1e-5, worst + tolerance);
        }
    }

    @Test
    void crossesTheBoundaryExactlyWhenTheBallReachesIt() {
        Samples s = LinearCase.samples(false);
        double least = LinearCase.least(Norm.LINF, s.x().floats(), 0, 0.05);
        Samples one = s.select(0);
        Attack attack = Attacks.of("fgsm", Options.of(Norm.LINF, 0.05));
        // the class-0 logit at the worst point is just above 0, then just below
        assertThat(Fixture.judge(LinearCase.model(-least + 1e-3), attack, one, 1, 0)
                        .robustAccuracy())
                .isOne();
        assertThat(Fixture.judge(LinearCase.model(-least - 1e-3), attack, one, 1, 0)
                        .robustAccuracy())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"linf", "l2", "l1"})
    void moreStepsAndMoreRestartsNeverRaiseRobustAccuracy(String norm) {
        Sequential net = Fixture.net(5);
        Samples samples = Fixture.samples(net, 40, 5);
        double epsilon = norm.equals("linf") ? 0.05 : norm.equals("l2") ? 0.25 : 0.8;
        Options o = Options.of(Norm.of(norm), epsilon).with("step", epsilon / 5);
        double[] bySteps = IntStream.of(1, 2, 4, 8)
                .mapToDouble(n -> Fixture.judge(net, Attacks.of("pgd", o.with("steps", n)), samples, 16, 2)
                        .robustAccuracy())
                .toArray();
        double[] byRestarts = IntStream.of(1, 2, 4)
                .mapToDouble(n -> Fixture.judge(
                                net, Attacks.of("pgd", o.with("steps", 1).with("restarts", n)), samples, 16, 2)
                        .robustAccuracy())
                .toArray();
        for (int i = 1; i < bySteps.length; i++) assertThat(bySteps[i]).isLessThanOrEqualTo(bySteps[i - 1]);
        for (int i = 1; i < byRestarts.length; i++) assertThat(byRestarts[i]).isLessThanOrEqualTo(byRestarts[i - 1]);
        assertThat(bySteps[3]).isLessThan(bySteps[0]);
    }

    @Test
    void countsWhatItSpends() {
        Samples samples = LinearCase.samples(false);
        Attack attack =
                Attacks.of("pgd", Options.of(Norm.LINF, 0.01).with("steps", 7).with("restarts", 3));
        Verdict v = Fixture.judge(LinearCase.model(50), attack, samples, 4, 0);
        assertThat(v.gradients()).containsOnly(21);
        assertThat(v.forwards()).containsOnly(3);
        assertThat(v.totalGradients()).isEqualTo(84);
    }

    @Test
    void noiseIsFiniteAtTheEndsOfTheUniformRange() {
        Device.setDefault(Fixture.device());
        float[] noise = Norm.laplace(Tensor.of(new float[] {0, 0.25f, 0.5f, 0.75f, 1 - 0x1p-24f}))
                .toFloats();
        assertThat(noise[0]).isCloseTo((float) (24 * Math.log(2)), within(1e-5f));
        assertThat(noise[1]).isCloseTo((float) Math.log(2), within(1e-6f));
        assertThat(noise[2]).isZero();
        assertThat(noise[3]).isCloseTo(-noise[1], within(1e-6f));
        assertThat(noise[4]).isFinite().isNegative();
    }

    @Test
    void whatIsNoDecisionReachesNothing() {
        Device.setDefault(Fixture.device());
        Tensor logits = Tensor.of(new float[][] {
            {0, 1}, {0, Float.NaN}, {1, 0}, {Float.NaN, 0}, {Float.NEGATIVE_INFINITY, 0}, {0, Float.POSITIVE_INFINITY}
        });
        int n = 6;
        for (Target target : new Target[] {Target.NONE, Target.NEXT}) {
            Task task = new Task(
                    null,
                    new Budget(Norm.LINF, 1, target),
                    false,
                    Tensor.zeros(n, 2),
                    Tensor.of(new int[n]),
                    Tensor.of(new int[] {1, 1, 1, 1, 1, 1}),
                    Tensor.of(new int[n]),
                    Tensor.zeros(n, 2),
                    Tensor.zeros(n, 2));
            boolean[] expected = {true, false, false, false, true, true};
            byte[] reached = task.reached(logits).toHost().bytes();
            for (int i = 0; i < n; i++) assertThat(reached[i] == 1).isEqualTo(expected[i]);
        }
    }

    /**
     * The gradient turns between two steps, from (0.006, 0.004) to (−0.5, 0.7): of unit L1 norm each, they add up to
     * (0.18, 0.98).
     */
    @ParameterizedTest
    @CsvSource({"mim,1,0.2", "mim,0.5,0", "bim,0,0"})
    void momentumAddsUpGradientsOfUnitNorm(String name, double momentum, double expected) {
        Device.setDefault(Fixture.device());
        Tensor before = Tensor.of(new float[] {0.006f, 0.004f});
        Tensor after = Tensor.of(new float[] {-0.5f, 0.7f});
        Model model = x -> {
            Tensor way = x.flatten(1).sub(0.55);
            Tensor gain =
                    way.minimum(0).mul(before).add(way.maximum(0).mul(after)).sumKeep(1);
            return Tensor.concat(1, gain.mul(0), gain.sub(3));
        };
        Samples one = new Samples(HostArray.of(new float[] {0.5f, 0.5f}, Shape.of(1, 1, 1, 2)), new int[1], new int[1]);
        Options o = Options.of(Norm.LINF, 0.2).with("steps", 2);
        o = name.equals("mim") ? o.with("momentum", momentum) : o.with("step", 0.1);
        float[] a = Fixture.judge(model, Attacks.of(name, o), one, 1, 0)
                .adversarial()
                .floats();
        assertThat((double) a[0]).isCloseTo(0.5 + expected, within(1e-6));
        assertThat((double) a[1]).isCloseTo(0.7, within(1e-6));
    }

    /** What lies just across the boundary is rounded back; the third example that crosses it lies deeper. */
    @Test
    void goesOnToTheThirdSuccess() {
        float[] x = LinearCase.samples(true).select(0).x().floats();
        double slope = 0;
        for (int j = 0; j < LinearCase.D; j++) {
            x[j] = Math.round(x[j] * 255) / 255f;
            slope += Math.abs(LinearCase.W[j]);
        }
        Samples one = new Samples(HostArray.of(x, Shape.of(1, 1, 6, 6)), new int[1], new int[1]);
        // steps of 0.13 levels cross at 0.33: at 0.39, 0.52 and 0.65 levels, of which the last rounds up
        Model model = LinearCase.model(0.33 / 255 * slope - LinearCase.dot(x, 0));
        Options o = Options.of(Norm.LINF, 1 / 255.0).with("steps", 10).with("step", 0.13 / 255);
        Verdict v = Fixture.judge(model, Attacks.of("bim", o), one, 1, 0);
        assertThat(v.gradients()).containsExactly(6);
        assertThat(v.forwards()).containsExactly(0);
        assertThat(v.distance()[0]).isCloseTo(0.65 / 255, within(1e-6));
        assertThat(v.roundedRobustAccuracy()).isZero();
        // a first point within the ball does not cross, the corner that the next steps go to does
        Model edge = LinearCase.model(0.99 / 255 * slope - LinearCase.dot(x, 0));
        Options few = Options.of(Norm.LINF, 1 / 255.0).with("steps", 10);
        assertThat(Fixture.judge(edge, Attacks.of("apgd-ce", few), one, 1, 0).gradients())
                .containsExactly(4);
    }

    @Test
    void startsUniformlyInTheBall() {
        int n = 400;
        Shape shape = Shape.of(n, 2);
        Tensor rows = Tensor.of(IntStream.range(0, n).toArray());
        for (Norm norm : new Norm[] {Norm.LINF, Norm.L2, Norm.L1}) {
            Device.setDefault(Fixture.device());
            float[] p = norm.noise(steepest.Rng.seed(4), shape, rows, 2).toFloats();
            int near = 0;
            double[] mean = new double[2];
            for (int i = 0; i < n; i++) {
                double r = norm.of(p, new float[2 * n], 2 * i, 2 * i + 2);
                assertThat(r).isLessThanOrEqualTo(2 + 1e-6);
                if (r < Math.sqrt(2)) near++;
                mean[0] += p[2 * i] / n;
                mean[1] += p[2 * i + 1] / n;
            }
            // half of a plane ball's area lies within 1/√2 of its radius; five deviations of a fair coin's count
            assertThat(near / (double) n).isCloseTo(0.5, within(0.125));
            assertThat(mean[0]).isCloseTo(0, within(0.3));
            assertThat(mean[1]).isCloseTo(0, within(0.3));
        }
    }
}
