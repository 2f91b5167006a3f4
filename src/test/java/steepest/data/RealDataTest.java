package steepest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The sets themselves, from the user's cache or fetched into it, against figures that are published of them. */
class RealDataTest {
    @Test
    void mnist() {
        Dataset train = Datasets.load("mnist", Split.TRAIN);
        Dataset test = Datasets.load("mnist", Split.TEST);
        assertThat(train).hasToString("mnist: 60000 samples [1,28,28], 10 classes");
        assertThat(test).hasToString("mnist: 10000 samples [1,28,28], 10 classes");
        assertThat(histogram(train)).containsExactly(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949);
        assertThat(histogram(test)).containsExactly(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009);
        assertThat(mean(train)).isEqualTo(0.1307, within(5e-5));
    }

    @Test
    void fashionMnist() {
        Dataset train = Datasets.load("fashion-mnist", Split.TRAIN);
        Dataset test = Datasets.load("fashion-mnist", Split.TEST);
        assertThat(train).hasToString("fashion-mnist: 60000 samples [1,28,28], 10 classes");
        assertThat(test).hasToString("fashion-mnist: 10000 samples [1,28,28], 10 classes");
        assertThat(histogram(train)).containsOnly(6000);
        assertThat(histogram(test)).containsOnly(1000);
        assertThat(mean(train)).isEqualTo(0.2860, within(5e-5));
        assertThat(train.classNames().get(train.label(0))).isEqualTo("Ankle boot");
    }

    @Test
    void digits() {
        Dataset train = Datasets.load("digits", Split.TRAIN);
        Dataset test = Datasets.load("digits", Split.TEST);
        assertThat(train).hasToString("digits: 1437 samples [1,8,8], 10 classes");
        assertThat(test).hasToString("digits: 360 samples [1,8,8], 10 classes");
        int[] all = histogram(train);
        int[] inTest = histogram(test);
        for (int c = 0; c < 10; c++) all[c] += inTest[c];
        assertThat(all).containsExactly(178, 182, 177, 183, 181, 182, 181, 179, 174, 180);
        // Every class is in both parts; a split in file order would not promise it.
        assertThat(Arrays.stream(inTest).min().orElse(0)).isGreaterThanOrEqualTo(20);
        double sum = mean(train) * 1437 + mean(test) * 360;
        assertThat(sum / 1797 * 16).isEqualTo(4.884, within(5e-4));
    }

    private static int[] histogram(Dataset d) {
        int[] counts = new int[d.classCount()];
        for (int i = 0; i < d.size(); i++) counts[d.label(i)]++;
        return counts;
    }

    private static double mean(Dataset d) {
        double sum = 0;
        for (Dataset.Batch b : d.batches(1000)) for (float x : b.x().toFloats()) sum += x;
        return sum / d.size() / d.sampleShape().size();
    }
}
