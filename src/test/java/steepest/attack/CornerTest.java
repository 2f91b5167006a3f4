package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import steepest.HostArray;
import steepest.Shape;
import steepest.nn.Model;

class CornerTest {
    private static Verdict judge(int steps) {
        // logit 0 rises with x₀ and falls with x₁; x₂ has no say: sign(0) = 0
        Model linear = Fixture.linear(new float[][] {{1, -1, 0}, {0, 0, 0}}, new float[] {0.4f, 0});
        Samples one =
                new Samples(HostArray.of(new float[] {0.5f, 0.9f, 0.5f}, Shape.of(1, 3)), new int[] {0}, new int[] {0});
        Attack corner = Attacks.of("pgd-corner", Options.of(Norm.LINF, 0.2).with("steps", steps));
        return Fixture.judge(linear, corner, one, 1, 0);
    }

    @Test
    void itEndsInTheCornerCutToTheDomain() {
        Verdict v = judge(4);
        float[] x = v.adversarial().floats();
        assertThat(x).containsExactly(new float[] {0.3f, 1, 0.5f}, within(1e-6f));
        assertThat(v.robustAccuracy()).isZero();
    }

    @Test
    void itCostsOneGradientMoreThanSteps() {
        assertThat(judge(1).totalGradients()).isEqualTo(2);
        assertThat(judge(7).totalGradients()).isEqualTo(8);
    }
}
