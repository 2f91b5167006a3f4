package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import steepest.Device;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;

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
    void theSquaresShrinkAsThePaperSays() {
        // section 3.1: the area halves at these of 10,000 queries
        Square square = new Square(Budget.of(Norm.LINF, 0.1), 10_000, 1, 0.8);
        double share = 0.8;
        for (int at : new int[] {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000}) {
            assertThat(square.share(at)).isEqualTo(share);
            assertThat(square.share(at + 1)).isEqualTo(share /= 2);
        }
        assertThat(square.share(9999)).isEqualTo(0.8 / 512);
        Square shorter = new Square(Budget.of(Norm.LINF, 0.1), 5000, 1, 0.8);
        assertThat(shorter.share(5)).isEqualTo(0.8);
        assertThat(shorter.share(6)).isEqualTo(0.4);
        assertThat(shorter.share(4001)).isEqualTo(0.8 / 512);
    }

    @Test
    void theFirstWindowTakesTheMassOfBothAndWhatIsFree() {
        Device.setDefault(Fixture.device());
        Shape picture = Shape.of(1, 2, 2, 3);
        Shape plane = Shape.of(1, 1, 2, 3);
        Tensor delta = tensor(picture, 0.3f, 0.2f, 0.1f, 0.4f, 0, 0.2f, /**/ 0, 0.1f, 0.3f, 0, 0, 0);
        Tensor first = tensor(plane, 1, 0, 0, 1, 0, 0).gt(0);
        Tensor second = tensor(plane, 0, 1, 0, 0, 1, 0).gt(0);
        Tensor bump = tensor(picture, 0.6f, 0, 0, -0.8f, 0, 0, /**/ -0.6f, 0, 0, 0.8f, 0, 0);
        // free: 1 − 0.44 of the ball of radius 1, half of it for each channel; in the windows: 0.29 and 0.01
        double a = Math.sqrt(0.29 + 0.28);
        double b = Math.sqrt(0.01 + 0.28);
        double[] expected = {a, 0, 0.1, 0, 0, 0.2, /**/ -0.6 * b, 0, 0.3, 0.8 * b, 0, 0};
        float[] moved = Square.moved(delta, first, second, bump, 1).toFloats();
        for (int i = 0; i < expected.length; i++) assertThat(moved[i]).isCloseTo((float) expected[i], within(1e-6f));
        assertThat(Norm.L2.of(moved, new float[12], 0, 12)).isCloseTo(1, within(1e-6));
        // nothing is free in a smaller ball
        float[] full = Square.moved(delta, first, second, bump, 0.5).toFloats();
        assertThat(full[0]).isCloseTo((float) Math.sqrt(0.29), within(1e-6f));
        assertThat(full[9]).isCloseTo(0.08f, within(1e-6f));
    }

    private static Tensor tensor(Shape shape, float... values) {
        return Tensor.of(HostArray.of(values, shape));
    }

    @Test
    void theFirstPointInL2IsTiledByDoubleBumpsEitherWayRound() {
        float[] grey = new float[100];
        Arrays.fill(grey, 0.5f);
        Samples one = new Samples(HostArray.of(grey, Shape.of(1, 1, 10, 10)), new int[1], new int[1]);
        Attack attack = Attacks.of("square", Options.of(Norm.L2, 0.5).with("steps", 1));
        steepest.nn.Model model = x -> x.flatten(1).slice(1, 0, 2).mul(0).add(Tensor.of(new float[] {1, 0}));
        float[] a = Fixture.judge(model, attack, one, 1, 0).adversarial().floats();
        int upright = 0;
        for (int i = 0; i < 100; i += 20)
            for (int j = i; j < i + 10; j += 2) {
                float corner = a[j] - 0.5f;
                // two pixels up and two down: one side by side with its opposite, or above it
                boolean above = Math.abs(corner + a[j + 10] - 0.5f) < 1e-6;
                assertThat(a[j + (above ? 1 : 10)] - 0.5f).isCloseTo(5 * corner, within(1e-5f));
                assertThat(a[j + (above ? 10 : 1)] - 0.5f).isCloseTo(-corner, within(1e-6f));
                assertThat(a[j + 11] - 0.5f).isCloseTo(-5 * corner, within(1e-5f));
                assertThat(Math.abs(corner)).isGreaterThan(1e-3f);
                if (above) upright++;
            }
        assertThat(upright).isBetween(5, 20);
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
