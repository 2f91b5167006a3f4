package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import steepest.nn.Sequential;

/** Attacks that see no gradient of the victim, and the one that has only one perturbation. */
class EstimatedTest {
    @Test
    void spsaComesNearTheOptimumOfALinearModel() {
        double epsilon = 0.05;
        Samples s = LinearCase.samples(false);
        Attack attack = Attacks.of(
                "spsa", Options.of(Norm.LINF, epsilon).with("steps", 20).with("probes", 128));
        Verdict v = Fixture.judge(LinearCase.model(6), attack, s, 4, 0);
        assertThat(v.totalGradients()).isZero();
        assertThat(v.forwards()).containsOnly(20 * (2 * 128 + 1));
        for (int i = 0; i < 4; i++) {
            double x = LinearCase.dot(s.x().floats(), i);
            double most = x - LinearCase.least(Norm.LINF, s.x().floats(), i, epsilon);
            assertThat(x - LinearCase.dot(v.adversarial().floats(), i)).isBetween(0.9 * most, most + 1e-6);
        }
    }

    @Test
    void theUniversalPerturbationIsOneForAll() {
        Samples s = LinearCase.samples(true);
        double bias = -LinearCase.least(Norm.LINF, s.x().floats(), 0, 0.1) + 1e-3;
        Attack attack = Attacks.of("universal", Options.of(Norm.LINF, 0.15).with("steps", 10));
        Verdict v = Fixture.judge(LinearCase.model(bias), attack, s, 4, 0);
        assertThat(v.robustAccuracy()).isLessThan(v.cleanAccuracy());
        float[] x = s.x().floats();
        float[] a = v.adversarial().floats();
        int first = -1;
        for (int i = 0; i < 4; i++) {
            if (v.clean()[i] != v.y()[i]) continue;
            if (first < 0) first = i;
            for (int j = 0; j < LinearCase.D; j++)
                assertThat(a[i * LinearCase.D + j] - x[i * LinearCase.D + j])
                        .isCloseTo(a[first * LinearCase.D + j] - x[first * LinearCase.D + j], within(1e-6f));
        }
        assertThat(first).isNotNegative();
    }

    @Test
    void aTransferGoesWhereTheVictimFindsItLeastLikely() {
        Sequential net = Fixture.net(5);
        Sequential surrogate = Fixture.net(6);
        Samples s = Fixture.samples(net, 24, 5);
        Options o = Options.of(Norm.LINF, 0.8).target(Target.LEAST_LIKELY).surrogate(surrogate);
        Attack attack = Attacks.of("transfer", o.with("steps", 60));
        Verdict v = Fixture.judge(net, attack, s, 24, 0);
        int[] predicted;
        int[] others;
        try (Victim other = new Victim(surrogate, Fixture.UNIT, Fixture.device(), 24)) {
            predicted = other.predict(v.adversarial());
            others = attack.goals(other, s, 0);
        }
        int apart = 0;
        for (int i = 0; i < 24; i++) {
            if (v.clean()[i] != v.y()[i]) continue;
            assertThat(predicted[i]).isEqualTo(v.goal()[i]);
            if (others[i] != v.goal()[i]) apart++;
        }
        assertThat(apart).isPositive();
    }

    @Test
    void whatIsMadeForTheVictimItselfTransfersBest() {
        Sequential net = Fixture.net(5);
        Samples s = Fixture.samples(net, 40, 5);
        Options o = Options.of(Norm.LINF, 0.08);
        Verdict own = Fixture.judge(net, Attacks.of("transfer", o.surrogate(net)), s, 16, 0);
        Verdict other = Fixture.judge(net, Attacks.of("transfer", o.surrogate(Fixture.net(6))), s, 16, 0);
        assertThat(own.robustAccuracy()).isLessThan(other.robustAccuracy());
        // it does not stop at the surrogate's boundary
        for (int i = 0; i < 40; i++) assertThat(own.gradients()[i]).isEqualTo(own.clean()[i] == own.y()[i] ? 10 : 0);
        assertThatThrownBy(() -> Attacks.of("transfer", o)).hasMessageContaining("surrogate");
    }
}
