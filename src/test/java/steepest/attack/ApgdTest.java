package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.SteepestException;
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
