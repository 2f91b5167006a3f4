package steepest.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.SteepestException;

/** What a report says of results that are written by hand. */
class ReportTest {
    @TempDir
    Path dir;

    private static Map<String, Object> training(String key, long seed, double clean) {
        return Map.of(
                "kind",
                "training",
                "key",
                key,
                "seed",
                seed,
                "clean_accuracy",
                clean,
                "clean_correct",
                Math.round(clean * 100),
                "test_samples",
                100,
                "weights_sha256",
                key,
                "gradients",
                1000 + seed,
                "seconds",
                Map.of("clustering", 0.0, "attack", 0.0, "training", 2.0, "evaluation", 0.5),
                "config",
                Map.of("dataset", "digits", "model", "mlp"));
    }

    private static Map<String, Object> attack(String training, String name, double clean, double robust) {
        return Map.of(
                "kind",
                "attack",
                "key",
                training + name,
                "attack",
                name,
                "label",
                name,
                "norm",
                "linf",
                "eps",
                0.3,
                "samples",
                100,
                "clean_accuracy",
                clean,
                "robust_accuracy",
                robust,
                "robust_correct",
                Math.round(robust * 100));
    }

    /** Methods a and b, three seeds each, with accuracies under PGD. */
    private void write(double fgsm, double[] a, double[] b) {
        try (Store store = Store.open(dir)) {
            List<Map<String, Object>> cells = new ArrayList<>();
            for (String method : List.of("a", "b"))
                for (int seed = 0; seed < 3; seed++) {
                    String key = method + seed;
                    store.append(training(key, seed, 0.95));
                    store.append(attack(key, "fgsm", 0.95, fgsm));
                    store.append(attack(key, "pgd", 0.95, (method.equals("a") ? a : b)[seed]));
                    cells.add(Map.of("label", method, "training", key, "attacks", List.of(key + "fgsm", key + "pgd")));
                }
            store.append(experiment("a", cells));
        }
    }

    /** The record as an experiment writes it has versions; this one is told without. */
    private static Map<String, Object> experiment(String baseline, List<Map<String, Object>> cells) {
        return Map.of(
                "kind",
                "experiment",
                "key",
                "experiment x",
                "experiment",
                "x",
                "about",
                "a < b",
                "baseline",
                baseline,
                "cells",
                cells);
    }

    @Test
    void figuresAreThoseComputedByHand() throws IOException {
        write(0.8, new double[] {0.50, 0.52, 0.54}, new double[] {0.60, 0.61, 0.65});
        List<String> seen = Report.write(dir, dir.resolve("out"));
        String text = Files.readString(dir.resolve("out/report.md"));
        // mean 52, deviation √((4+0+4)/2) = 2; differences 10, 9, 11: mean 10, deviation 1, half 4.303 · 1 / √3 = 2.48
        assertThat(text).contains("52.00 ± 2.00 %").contains("+10.00 (+7.52 to +12.48)");
        assertThat(seen).anyMatch(s -> s.contains("b is better than a under pgd at 0.3, by 10.00 points"));
        assertThat(seen).noneMatch(s -> s.contains("VIOLATION") || s.contains("Catastrophic"));
        assertThat(text).contains("3 differences were tested, each at 95 %");
        assertThat(text).contains("### How they were trained").contains("| 0: a0, 1: a1, 2: a2 |");
        String html = Files.readString(dir.resolve("out/report.html"));
        assertThat(html).contains("a &lt; b").contains("data:image/png;base64,").doesNotContain("src=\"x-");
    }

    /** Seeds are what is drawn: two settings at the same seeds are no four draws. */
    @Test
    void whatDiffersInOneSettingIsComparedSettingBySettingAndAltogether() throws IOException {
        double[][] apart = {{0.04, 0.06}, {0.08, 0.04}};
        try (Store store = Store.open(dir)) {
            List<Map<String, Object>> cells = new ArrayList<>();
            for (int k = 0; k < 2; k++)
                for (int seed = 0; seed < 2; seed++) {
                    String key = "k" + k + seed;
                    store.append(training(key, seed, 0.9));
                    store.append(training("r" + key, seed, 0.9));
                    store.append(attack(key, "pgd", 0.9, 0.5 + apart[k][seed]));
                    store.append(attack("r" + key, "pgd", 0.9, 0.5));
                    cells.add(Map.of(
                            "label", "k" + k, "training", key, "attacks", List.of(key + "pgd"), "matched", "r" + key));
                    cells.add(Map.of("label", "r" + k, "training", "r" + key, "attacks", List.of("r" + key + "pgd")));
                }
            // one cluster is one group, however it is found: no difference, and none to be counted
            for (int seed = 0; seed < 2; seed++)
                for (String who : List.of("one", "rone")) {
                    store.append(with(training(who + seed, seed, 0.9), "weights_sha256", "same" + seed));
                    store.append(attack(who + seed, "pgd", 0.9, 0.5));
                    cells.add(with(
                            Map.of("label", who, "training", who + seed, "attacks", List.of(who + seed + "pgd")),
                            "matched",
                            who.equals("one") ? "rone" + seed : null));
                }
            Map<String, Object> record = new java.util.LinkedHashMap<>(experiment("none of them", cells));
            record.put("against", "assign=random");
            store.append(record);
        }
        List<String> seen = Report.write(dir, dir);
        // t of one degree 12.706: 4 and 6 are 5 ± 12.706; 8 and 4 are 6 ± 25.412; by seed 6 and 5 are 5.5 ± 6.353
        assertThat(dir.resolve("report.md"))
                .content()
                .contains("### Against the same with assign=random")
                .contains("| k0 | +0.00 (+0.00 to +0.00) | +5.00 (-7.71 to +17.71) |")
                .contains("| k1 | +0.00 (+0.00 to +0.00) | +6.00 (-19.41 to +31.41) |")
                .contains("| all that differ | +0.00 (+0.00 to +0.00) | +5.50 (-0.85 to +11.85) |")
                .doesNotContain("| r0 | +");
        assertThat(seen).isEmpty();
    }

    /** One step is weak against any network: what was never trained against it cannot have overfitted to it. */
    @Test
    void aNaturalNetworkDoesNotOverfitToAnAttack() {
        try (Store store = Store.open(dir)) {
            List<Map<String, Object>> cells = new ArrayList<>();
            for (String method : List.of("none", "fgsm")) {
                cells.add(Map.of(
                        "label", method, "training", method, "attacks", List.of(method + "fgsm", method + "pgd")));
                Map<String, Object> training = new java.util.LinkedHashMap<>(training(method, 0, 0.9));
                training.put("method", method);
                store.append(training);
                store.append(attack(method, "fgsm", 0.9, 0.6));
                store.append(attack(method, "pgd", 0.9, 0.02));
            }
            store.append(experiment("none", cells));
        }
        assertThat(Report.write(dir, dir))
                .filteredOn(s -> s.startsWith("Catastrophic"))
                .singleElement()
                .asString()
                .contains("fgsm, seed 0");
    }

    @Test
    void whatTheNetworkCostThatAMethodGoesOnWithIsCounted() throws IOException {
        try (Store store = Store.open(dir)) {
            store.append(training("base", 0, 0.9));
            Map<String, Object> after = new java.util.LinkedHashMap<>(training("after", 1, 0.9));
            after.put("from", "base");
            after.put("base", Map.of("config", Map.of("epochs", 7)));
            after.put("config", Map.of("dataset", "letters", "model", "mlp"));
            after.put("data_sha256", "of letters");
            store.append(after);
            store.append(with(training("digit", 1, 0.9), "data_sha256", "of digits"));
            store.append(Map.of(
                    "kind",
                    "experiment",
                    "key",
                    "experiment y",
                    "experiment",
                    "y",
                    "about",
                    "",
                    "baseline",
                    "none",
                    "cells",
                    List.of(
                            Map.of("label", "after", "training", "after", "attacks", List.of("missing")),
                            Map.of("label", "digit", "training", "digit", "attacks", List.of()))));
        }
        Report.write(dir, dir.resolve("out"));
        // 1000 gradients and 2 s before, 1001 and 2 s after
        assertThat(dir.resolve("out/report.md"))
                .content()
                .contains("| 2,001 | 0.0 | 0.0 | 4.0 |")
                .contains("from a natural network of 7 epochs")
                // each dataset has samples of its own
                .contains("Samples of letters: of letters.")
                .contains("Samples of digits: of digits.")
                .doesNotContain("MIXED")
                .contains("NOT FINISHED: 1 of 3 cells are missing, 0 of these failed");
    }

    @Test
    void whatStandsOutIsSaid() {
        write(0.97, new double[] {0.05, 0.02, 0.3}, new double[] {0.3, 0.3, 0.3});
        List<String> seen = Report.write(dir, dir);
        assertThat(seen.stream().filter(s -> s.startsWith("Catastrophic overfitting")))
                .as("of the two seeds where PGD leaves a tenth at most")
                .hasSize(2);
        assertThat(seen.stream().filter(s -> s.startsWith("VIOLATION") && s.contains("exceeds the clean")))
                .hasSize(6);
    }

    @Test
    void aCertificateAboveAnAttackIsAViolation() {
        write(0.8, new double[] {0.5, 0.5, 0.5}, new double[] {0.5, 0.5, 0.5});
        try (Store store = Store.open(dir)) {
            for (double certified : new double[] {0.4, 0.6})
                store.append(Map.of(
                        "kind",
                        "certificate",
                        "key",
                        "c" + certified,
                        "training",
                        "a0",
                        "norm",
                        "linf",
                        "eps",
                        0.3,
                        "samples",
                        100,
                        "certified_accuracy",
                        certified));
        }
        assertThat(Report.write(dir, dir).stream().filter(s -> s.startsWith("VIOLATION")))
                .singleElement()
                .asString()
                .contains("certified 60.00 % exceeds the 50.00 % that pgd");
    }

    private static Map<String, Object> with(Map<String, Object> record, Object... more) {
        Map<String, Object> all = new java.util.LinkedHashMap<>(record);
        for (int i = 0; i < more.length; i += 2) all.put((String) more[i], more[i + 1]);
        return all;
    }

    /** One network and what it was put to. */
    private List<String> seen(List<Map<String, Object>> attacks) {
        try (Store store = Store.open(dir)) {
            store.append(training("a", 0, 0.9));
            attacks.forEach(store::append);
            List<?> keys = attacks.stream().map(a -> a.get("key")).toList();
            store.append(experiment("none", List.of(Map.of("label", "a|b", "training", "a", "attacks", keys))));
        }
        return Report.write(dir, dir);
    }

    @Test
    void anAttackThatSeesNoGradientAndFindsMoreIsSaid() {
        List<String> seen = seen(List.of(
                attack("a", "fgsm", 0.9, 0.7), // one step is weak without masking
                attack("a", "pgd", 0.9, 0.5),
                attack("a", "apgd-ce", 0.9, 0.4),
                attack("a", "spsa", 0.9, 0.45),
                attack("a", "auto", 0.9, 0.29), // the ensemble has square in it
                with(attack("a", "mim", 0.9, 0.35), "target", "random"), // another quantity
                attack("a", "square", 0.9, 0.25)));
        assertThat(seen)
                .containsExactly(
                        "Masked gradients: digits mlp, a|b, seed 0: square at 0.3, which sees no gradient, leaves"
                                + " 25.00 %, less than the 40.00 % of apgd-ce at 0.3.");
    }

    @Test
    void aNetworkThatSaysTheSameOfEverythingIsNotRobust() {
        try (Store store = Store.open(dir)) {
            List<Map<String, Object>> cells = new ArrayList<>();
            for (String name : List.of("stuck", "weak")) {
                store.append(with(training(name, 0, 0.11), "method", "pgd"));
                store.append(attack(name, "fgsm", 0.11, 0.11));
                store.append(attack(name, "pgd", 0.11, name.equals("weak") ? 0.1 : 0.11));
                cells.add(Map.of("label", name, "training", name, "attacks", List.of(name + "fgsm", name + "pgd")));
            }
            store.append(experiment("none", cells));
        }
        assertThat(Report.write(dir, dir))
                .containsExactly(
                        "Untrained: digits mlp, stuck, seed 0: all attacks leave its clean 11.00 %, as of a network"
                                + " that tells nothing apart.");
    }

    @Test
    void anAttackThatFindsLessInALargerBallIsSaid() {
        Map<String, Object> small = with(attack("a", "pgd", 0.9, 0.5), "key", "small", "eps", 0.1);
        assertThat(seen(List.of(small, attack("a", "pgd", 0.9, 0.63))))
                .containsExactly(
                        "Weak attack: digits mlp, a|b, seed 0: 63.00 % under pgd at 0.3, more than the 50.00 % under"
                                + " pgd at 0.1.");
    }

    @Test
    void whatDiffersHasItsOwnColumnAndAMixtureIsSaid() {
        Map<String, Object> few = with(
                attack("a", "pgd", 0.9, 0.4),
                "key",
                "few",
                "limit",
                20,
                "versions",
                Map.of("steepest", "9", "code", "ab"));
        seen(List.of(attack("a", "pgd", 0.9, 0.5), few));
        assertThat(dir.resolve("report.md"))
                .content()
                .contains("| clean | pgd at 0.3 | pgd, first 20 at 0.3 |")
                .contains("| a\\|b | 1 |")
                .contains("- MIXED: these results were not all made with the same program")
                .contains("Steepest 9 (code ab), ");
    }

    @Test
    void studentsQuantilesAreThoseOfTables() {
        double[] table = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
        for (int n = 1; n <= table.length; n++)
            assertThat(Statistics.t95(n)).as("%d degrees", n).isCloseTo(table[n - 1], within(6e-4));
        assertThat(Statistics.t95(1000)).isCloseTo(1.962, within(6e-4));
    }

    @Test
    void aStoreWithoutAnExperimentIsSaid() {
        assertThatThrownBy(() -> Report.write(dir.resolve("none"), dir))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("cannot read");
    }
}
