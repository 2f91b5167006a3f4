package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import steepest.SteepestException;

class AttacksTest {
    private static final Options LINF = Options.of(Norm.LINF, 0.1);

    @Test
    void knowsItsAttacksByName() {
        for (String name : Attacks.names())
            assertThat(name).isEqualTo(name.toLowerCase()).doesNotContain(" ");
        assertThat(Attacks.list())
                .hasSameSizeAs(Attacks.names())
                .allMatch(d -> !d.text().isBlank());
        assertThat(Attacks.of("pgd", LINF).name()).isEqualTo("pgd");
        assertThat(Attacks.of("pgd", LINF).norm()).isEqualTo(Norm.LINF);
    }

    @Test
    void refusesWithOneLineThatSaysWhatThereIs() {
        assertThatThrownBy(() -> Attacks.of("pdg", LINF))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith("unknown attack pdg; there are fgsm, ")
                .hasMessageContaining("pgd");
        assertThatThrownBy(() -> Attacks.of("fgsm", LINF.with("steps", 3)))
                .hasMessage("attack fgsm takes no steps; it takes step");
        assertThatThrownBy(() -> Attacks.of("pgd", LINF.with("steps", 2.5))).hasMessageContaining("whole number");
        assertThatThrownBy(() -> Attacks.of("pgd", LINF.with("step", -1)))
                .hasMessageContaining("step: expected more than 0");
        assertThatThrownBy(() -> Attacks.of("pgd", Options.of(Norm.L0, 1)))
                .hasMessage("attack pgd: norm must be linf or l2 or l1, got l0");
        assertThatThrownBy(() -> Attacks.of("pgd", Options.of(Norm.LINF, -0.1))).hasMessageContaining("at least 0");
        assertThatThrownBy(() -> Attacks.of("pgd", Options.of(Norm.LINF, Double.NaN)))
                .hasMessageContaining("at least 0");
        assertThatThrownBy(() -> Attacks.of("pgd", Options.of(Norm.LINF, Double.POSITIVE_INFINITY)))
                .hasMessageContaining("finite");
        assertThatThrownBy(() -> Norm.of("l3")).hasMessageContaining("linf, l2, l1, l0");
        assertThatThrownBy(() -> Target.of("best")).hasMessageContaining("least-likely");
    }
}
