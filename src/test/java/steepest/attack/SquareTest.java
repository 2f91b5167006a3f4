package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

class SquareTest {
    @Test
    void climbsToTheBestCornerOfALinearModel() {
        double epsilon = 0.1;
        Samples samples = LinearCase.samples(false);
        Attack attack = Attacks.of("square", Options.of(Norm.LINF, epsilon).with("steps", 800));
        Verdict v = Fixture.judge(LinearCase.model(6), attack, samples, 4, 0);
        assertThat(v.forwards()).containsOnly(800);
        assertThat(v.totalGradients()).isZero();
        for (int i = 0; i < 4; i++) {
            double least = LinearCase.least(Norm.LINF, samples.x().floats(), i, epsilon);
            // the last squares are of one pixel: each finds its better side in the end
            assertThat(LinearCase.dot(v.adversarial().floats(), i)).isCloseTo(least, within(1e-5));
        }
    }

    @Test
    void descendsALinearModelInL2OnTheBallsRim() {
        double epsilon = 0.2;
        Samples samples = LinearCase.samples(true);
        Attack attack = Attacks.of("square", Options.of(Norm.L2, epsilon).with("steps", 400));
        Verdict v = Fixture.judge(LinearCase.model(6), attack, samples, 4, 0);
        for (int i = 0; i < 4; i++) {
            double x = LinearCase.dot(samples.x().floats(), i);
            double gained = x - LinearCase.dot(v.adversarial().floats(), i);
            assertThat(gained).isBetween(0.5 * epsilon * LinearCase.length(), epsilon * LinearCase.length() + 1e-6);
            assertThat(v.distance()[i]).isCloseTo(epsilon, within(1e-6));
        }
    }

    @Test
    void aPixelOfTheExampleLiesAtOneOfTheBallsBounds() {
        Samples samples = LinearCase.samples(true);
        Attack attack = Attacks.of("square", Options.of(Norm.LINF, 0.1).with("steps", 20));
        Verdict v = Fixture.judge(LinearCase.model(6), attack, samples, 4, 0);
        float[] x = samples.x().floats();
        float[] a = v.adversarial().floats();
        for (int i = 0; i < x.length; i++) assertThat(Math.abs(a[i] - x[i])).isCloseTo(0.1f, within(1e-6f));
    }

    @Test
    void refusesWhatIsNoPicture() {
        Samples flat = new Samples(HostArray.of(new float[4], Shape.of(1, 4)), new int[1], new int[1]);
        steepest.nn.Model model = x -> x.slice(1, 0, 2);
        assertThatThrownBy(() -> Fixture.judge(model, Attacks.of("square", Options.of(Norm.LINF, 0.1)), flat, 1, 0))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("expected pictures [N,C,H,W]");
    }
}
