package steepest.robust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.Device;
import steepest.HostArray;
import steepest.Shape;
import steepest.data.Dataset;
import steepest.io.Npz;
import steepest.nn.Sequential;
import steepest.train.TrainConfig;

class FixedSetTest {
    private static final Dataset DATA = RobustTrainingTest.Fixture.data();

    @TempDir
    private Path dir;

    /** Grey examples of samples 5, 4, …, 0. */
    private static Map<String, HostArray> arrays() {
        float[] x = new float[6 * 16];
        float[] grey = new float[6 * 16];
        int[] y = new int[6];
        int[] index = new int[6];
        for (int i = 0; i < 6; i++) {
            index[i] = 5 - i;
            y[i] = DATA.label(5 - i);
            System.arraycopy(DATA.image(5 - i).floats(), 0, x, i * 16, 16);
        }
        Arrays.fill(grey, 0.5f);
        Map<String, HostArray> all = new HashMap<>();
        all.put("x", HostArray.of(x, Shape.of(6, 1, 4, 4)));
        all.put("x_adv", HostArray.of(grey, Shape.of(6, 1, 4, 4)));
        all.put("y", HostArray.of(y, Shape.of(6)));
        all.put("index", HostArray.of(index, Shape.of(6)));
        return all;
    }

    private Path write(Map<String, HostArray> arrays) {
        Path file = dir.resolve("adv.npz");
        Npz.write(file, arrays);
        return file;
    }

    @Test
    void anEpochHasAllSamplesAndAllExamplesInAnotherOrderEachTime() {
        Recipe recipe =
                Recipe.of("fixed-set", Map.of("examples", write(arrays()).toString()), 0);
        TrainConfig config = new TrainConfig("thirds", "mlp", "he", 2, 40, "adam", 1e-3, "constant", 1, "cpu", null);
        Sequential net = RobustTrainingTest.Fixture.net();
        int[][] orders = new int[2][];
        try (var prepared = recipe.prepare(config, DATA, net, Device.of("cpu"))) {
            assertThat(prepared.notes()).containsEntry("added", 6);
            assertThat(prepared.feed().steps()).isEqualTo(3);
            for (int epoch = 1; epoch <= 2; epoch++) {
                orders[epoch - 1] = new int[102];
                int at = 0;
                for (Dataset.Batch b : prepared.feed().epoch(epoch))
                    for (int i = 0; i < b.size(); i++, at++) {
                        int from = b.index()[i];
                        orders[epoch - 1][at] = from;
                        float[] pixels = Arrays.copyOfRange(b.x().toFloats(), i * 16, i * 16 + 16);
                        if (from < 96)
                            assertThat(pixels).isEqualTo(DATA.image(from).floats());
                        else assertThat(pixels).containsOnly(0.5f);
                        assertThat(b.labels()[i]).isEqualTo(DATA.label(from < 96 ? from : 5 - (from - 96)));
                    }
                assertThat(orders[epoch - 1]).doesNotHaveDuplicates();
            }
        }
        assertThat(orders[1]).isNotEqualTo(orders[0]).containsExactlyInAnyOrder(orders[0]);
    }

    @Test
    void otherExamplesAreAnotherTraining() {
        Path file = write(arrays());
        Map<String, Object> before =
                Recipe.of("fixed-set", Map.of("examples", file.toString()), 0).notes();
        Map<String, HostArray> other = arrays();
        other.get("x_adv").set(3, 0.25);
        write(other);
        assertThat(Recipe.of("fixed-set", Map.of("examples", file.toString()), 0)
                        .notes())
                .isNotEqualTo(before)
                .containsEntry("examples", file.toString());
    }

    @Test
    void whatDoesNotFitIsSaid() throws IOException {
        refuses("x_adv", null, ": expected the arrays x_adv and y, as attack --save writes them, found index, x, y");
        refuses("y", HostArray.of(new float[6], Shape.of(6)), ": y: expected i32[N], found f32[6]");
        refuses(
                "x_adv",
                HostArray.of(new float[6 * 9], Shape.of(6, 1, 3, 3)),
                ": x_adv: expected examples [1,4,4], as the samples of thirds, found [1,3,3]");
        refuses("y", HostArray.of(new int[5], Shape.of(5)), ": expected a label for each of 6 images, got 5");
        refuses("y", HostArray.of(new int[] {0, 1, 2, 3, 0, 0}, Shape.of(6)), ": expected labels in 0..2, found 3 at");
        HostArray bright = arrays().get("x_adv");
        bright.set(7, 1.5);
        refuses("x_adv", bright, ": expected pixels in [0, 1], found 1.5 at element 7");
        refuses(
                "index",
                HostArray.of(new int[] {5, 4, 2, 3, 1, 0}, Shape.of(6)),
                ": expected examples of the training samples of thirds, but example 2 was made from another image than"
                        + " sample 2");

        FixedSet set = FixedSet.of(write(arrays()));
        Map<String, HostArray> own = arrays();
        own.keySet().removeAll(java.util.List.of("x", "index"));
        write(own);
        assertThatThrownBy(() -> set.examples(DATA)).hasMessageContaining("found it changed since");
        assertThat(FixedSet.of(set.file()).examples(DATA).size())
                .as("from elsewhere")
                .isEqualTo(6);
        Files.writeString(set.file(), "no zip");
        assertThatThrownBy(() -> FixedSet.of(set.file()).examples(DATA)).hasMessageContaining("whole zip archive");
    }

    private void refuses(String array, HostArray instead, String message) {
        Map<String, HostArray> arrays = arrays();
        if (instead == null) arrays.remove(array);
        else arrays.put(array, instead);
        FixedSet set = FixedSet.of(write(arrays));
        assertThatThrownBy(() -> set.examples(DATA)).hasMessageStartingWith(set.file() + message);
    }
}
