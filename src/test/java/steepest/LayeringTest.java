package steepest;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rooms of the house and who may enter which. Arrows point down only; each room lists all it may use. A package that
 * is not listed is an error: new rooms are given their place here.
 */
class LayeringTest {
    /** steepest and steepest.op are one room: tensors make nodes of ops, and ops write their gradients in tensors. */
    private static final String CORE = "core";

    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry(CORE, Set.of()),
            Map.entry("fused", Set.of(CORE)),
            Map.entry("nn", Set.of("fused", CORE)),
            Map.entry("optim", Set.of("fused", CORE)),
            Map.entry("data", Set.of("fused", CORE)),
            Map.entry("cluster", Set.of("fused", CORE)),
            Map.entry("io", Set.of("nn", "optim", "data", "fused", CORE)),
            Map.entry("viz", Set.of("nn", "optim", "data", "fused", CORE)),
            // a run is written with io; adversarial training is an attack inside training
            Map.entry("train", Set.of("io", "nn", "optim", "data", "fused", CORE)),
            Map.entry("attack", Set.of("nn", "optim", "data", "fused", CORE)),
            // what no attack can do; counted with the attacks' intervals, compared with their verdicts
            Map.entry("certify", Set.of("attack", "nn", "optim", "data", "fused", CORE)),
            Map.entry(
                    "robust",
                    Set.of("certify", "attack", "train", "io", "cluster", "nn", "optim", "data", "fused", CORE)),
            // experiments: what is trained and attacked, kept and told
            Map.entry(
                    "lab",
                    Set.of(
                            "robust", "certify", "attack", "train", "io", "viz", "cluster", "nn", "optim", "data",
                            "fused", CORE)),
            Map.entry("selftest", Set.of("nn", "optim", "data", "fused", CORE)),
            Map.entry("bench", Set.of("nn", "optim", "data", "fused", CORE)),
            Map.entry(
                    "app",
                    Set.of(
                            "lab",
                            "train",
                            "attack",
                            "certify",
                            "robust",
                            "io",
                            "viz",
                            "selftest",
                            "bench",
                            "nn",
                            "optim",
                            "data",
                            "fused",
                            CORE)),
            Map.entry("backend", Set.of("fused", CORE)),
            Map.entry("backend.ref", Set.of("backend", "fused", CORE)),
            Map.entry("backend.cpu", Set.of("backend", "fused", CORE)),
            Map.entry("backend.opencl", Set.of("backend", "fused", CORE)),
            Map.entry("plan", Set.of("backend", "backend.ref", "backend.cpu", "backend.opencl", "fused", CORE)));

    // the product's own classes, wherever the build has put them
    private static final JavaClasses HOUSE = new ClassFileImporter()
            .importUrl(Tensor.class.getProtectionDomain().getCodeSource().getLocation());

    private static String room(JavaClass c) {
        String p = c.getPackageName();
        if (!p.equals("steepest") && !p.startsWith("steepest.")) return null;
        String inside = p.equals("steepest") ? "" : p.substring("steepest.".length());
        if (inside.isEmpty() || inside.equals("op")) return CORE;
        String[] parts = inside.split("\\.");
        return parts[0].equals("backend") && parts.length > 1 ? "backend." + parts[1] : parts[0];
    }

    /** All arrows that run where they must not, one line each. */
    private static Set<String> forbidden(Collection<JavaClass> classes) {
        Set<String> wrong = new TreeSet<>();
        for (JavaClass c : classes) {
            String from = room(c);
            if (!MAY_USE.containsKey(from)) {
                wrong.add("no place is given to " + c.getPackageName());
                continue;
            }
            for (Dependency d : c.getDirectDependenciesFromSelf()) {
                String to = room(d.getTargetClass());
                if (to != null && !to.equals(from) && !MAY_USE.get(from).contains(to))
                    wrong.add(from + " -> " + to + ": " + d.getDescription());
            }
        }
        return wrong;
    }

    @Test
    void arrowsPointDownOnly() {
        assertThat(HOUSE).hasSizeGreaterThan(100);
        assertThat(forbidden(HOUSE)).isEmpty();
    }

    /** With {@link #arrowsPointDownOnly}: no cycle between rooms, and none but the planner names a concrete backend. */
    @Test
    void thePlanOfTheHouseHasNoCycle() {
        Map<String, Set<String>> rest = new java.util.HashMap<>(MAY_USE);
        while (!rest.isEmpty()) {
            Set<String> floor = rest.entrySet().stream()
                    .filter(e -> e.getValue().stream().noneMatch(rest::containsKey))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
            assertThat(floor).as("rooms that use none of %s", rest.keySet()).isNotEmpty();
            rest.keySet().removeAll(floor);
        }
        MAY_USE.forEach((room, uses) -> {
            if (!room.equals("plan")) assertThat(uses).noneMatch(u -> u.startsWith("backend."));
        });
    }

    /** The test of the test: classes planted where an arrow runs up, sideways, or from a room without a place. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "steepest.op.PlantedUp",
                "steepest.nn.PlantedUp",
                "steepest.fused.PlantedUp",
                "steepest.train.PlantedUp",
                "steepest.backend.ref.PlantedSideways",
                "steepest.attic.PlantedNowhere"
            })
    void anArrowThatRunsUpIsFound(String planted) {
        JavaClass c = new ClassFileImporter()
                .importUrl(LayeringTest.class.getResource("/" + planted.replace('.', '/') + ".class"))
                .get(planted);
        assertThat(forbidden(List.of(c))).isNotEmpty();
    }
}
