package steepest.robust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.Device;
import steepest.Pass;
import steepest.Rng;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Model;
import steepest.nn.Sequential;
import steepest.train.TrainConfig;

class RecipeTest {
    /** The settings that a method needs, and steps where it has them. */
    private static Recipe recipe(String method, String eps, String steps) {
        Map<String, String> given = new HashMap<>();
        if (Recipe.takes(method).contains("eps")) given.put("eps", eps);
        if (Recipe.takes(method).contains("steps")) given.put("steps", steps);
        if (Recipe.takes(method).contains("clusters")) given.put("clusters", "4");
        return Recipe.of(method, given, 1);
    }

    /** Sees how many samples go through a network. */
    private static final class Counted implements Model {
        private final Model net;
        private long evaluated;
        private long trained;

        Counted(Model net) {
            this.net = net;
        }

        @Override
        public Tensor apply(Tensor x) {
            evaluated += x.shape().dim(0);
            return net.apply(x);
        }

        @Override
        public Tensor apply(Tensor x, Pass pass) {
            trained += x.shape().dim(0);
            return net.apply(x, pass);
        }
    }

    /**
     * By hand, of a sample in a training step: gradients, those by the weights among them, and evaluations that no gradient is
     * taken of. Without ε nothing is attacked, but MART compares two draws of dropout.
     */
    @ParameterizedTest
    @CsvSource({
        "none, 0.1, 1, 0",
        "fgsm, 0.1, 2, 0",
        "fgsm-rs, 0.1, 2, 0",
        "free, 0.1, 1, 0",
        "pgd, 0.1, 4, 0",
        "trades, 0.1, 5, 1",
        "mart, 0.1, 5, 0",
        "label-smoothing, 0.1, 1, 0",
        "clustre-published, 0.1, 1, 0",
        "clustre, 0.1, 1, 0",
        "clustre-select, 0.1, 1, 0",
        "fgsm, 0, 1, 0",
        "fgsm-rs, 0, 1, 0",
        "free, 0, 1, 0",
        "pgd, 0, 1, 0",
        "trades, 0, 1, 0",
        "mart, 0, 2, 0",
    })
    void whatATrainingStepCostsIsWhatTheNetworkSees(String method, String eps, int gradients, int forwards) {
        Recipe recipe = recipe(method, eps, "3");
        assertThat(recipe.gradientsPerSample()).isEqualTo(gradients);
        assertThat(recipe.forwardsPerSample()).isEqualTo(forwards);
        Dataset data = RobustTrainingTest.Fixture.data();
        Sequential net = RobustTrainingTest.Fixture.net();
        Counted counted = new Counted(net);
        TrainConfig config = new TrainConfig("thirds", "mlp", "he", 1, 16, "adam", 1e-3, "constant", 1, "cpu", null);
        try (var prepared = recipe.prepare(config, data, net, Device.of("cpu"))) {
            Dataset.Batch b = prepared.feed().epoch(1).iterator().next();
            prepared.objective().apply(counted, b.x(), b.y(), new Pass(Rng.seed(1)));
            assertThat(counted.evaluated + counted.trained).isEqualTo((long) b.size() * (gradients + forwards));
            boolean asItEvaluates = method.equals("clustre-published");
            int byWeights = List.of("trades", "mart").contains(method) && gradients > 1 ? 2 : 1;
            assertThat(counted.trained).isEqualTo(asItEvaluates ? 0 : (long) b.size() * byWeights);
        }
    }

    /** What was given and changes nothing is refused; what is only usual is not. */
    @ParameterizedTest
    @CsvSource({
        "clustre, random, kmeans-restarts, 2",
        "clustre-published, random, kmeans-iterations, 2",
        "clustre-select, random, kmeans-batch, 2",
        "clustre-select, random, features, penultimate",
        "clustre-select, random, choice, random",
        "clustre-select, all, features, pgd_input",
        "clustre-select, all, keep, 2",
        "clustre-select, all, clusters, 2",
    })
    void whatHasNoEffectIsRefused(String method, String assign, String key, String value) {
        Map<String, String> given = new HashMap<>(Map.of("eps", "0.1", "assign", assign));
        assertThat(Recipe.of(method, given, 1).clustering().assignment()).hasToString(assign);
        given.put(key, value);
        assertThat(Recipe.idle(method, given)).containsExactly(key);
        assertThatThrownBy(() -> Recipe.of(method, given, 1))
                .hasMessage(key + ": robust training " + method + " has no use for it with assign " + assign);
        given.put("assign", "kmeans");
        if (!key.equals("clusters")) given.put("clusters", "4");
        Recipe.of(method, given, 1);
    }

    /** Random groups are as many as clusters, and the features say who is nearest their middle. */
    @Test
    void randomGroupsHaveUseForFeaturesClustersAndChoice() {
        Map<String, String> given = Map.of(
                "eps",
                "0.1",
                "assign",
                "random",
                "features",
                "pgd_input",
                "clusters",
                "4",
                "choice",
                "nearest",
                "keep",
                "2");
        assertThat(Recipe.idle("clustre", given)).isEmpty();
        assertThat(Recipe.of("clustre", given, 1).clustering().clusters()).isEqualTo(4);
        assertThat(Recipe.idle("pgd", Map.of("eps", "0.1"))).isEmpty();
    }

    /** The network's own pass, and its bounds': a centre and a radius. */
    @Test
    void boundsCountAsTwo() {
        Recipe recipe = recipe("ibp", "0.1", null);
        assertThat(recipe.gradientsPerSample()).isEqualTo(3);
        assertThat(recipe.forwardsPerSample()).isZero();
    }
}
