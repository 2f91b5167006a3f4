package steepest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

/** One's own IDX files, and the names. */
class DatasetsTest {
    @TempDir
    Path dir;

    @BeforeEach
    void writeFiles() {
        images("train-images-idx3-ubyte", 3);
        labels("train-labels-idx1-ubyte", 0, 4, 1);
        images("test-images.gz", 2);
        labels("test-labels.gz", 4, 2);
    }

    private void images(String file, int n) {
        Idx.write(dir.resolve(file), HostArray.of(DType.U8, new byte[n * 6], Shape.of(n, 2, 3)));
    }

    private void labels(String file, int... labels) {
        byte[] bytes = new byte[labels.length];
        for (int i = 0; i < labels.length; i++) bytes[i] = (byte) labels[i];
        Idx.write(dir.resolve(file), HostArray.of(DType.U8, bytes, Shape.of(labels.length)));
    }

    private Dataset load(Split split) {
        return Datasets.load("idx:" + dir, split);
    }

    @Test
    void ownFilesAreFoundPlainAndGzipped() {
        Dataset train = load(Split.TRAIN);
        Dataset test = load(Split.TEST);
        assertThat(train).hasToString("idx:" + dir + ": 3 samples [1,2,3], 5 classes");
        assertThat(test).hasToString("idx:" + dir + ": 2 samples [1,2,3], 5 classes");
        assertThat(train.classNames()).containsExactly("0", "1", "2", "3", "4");
        assertThat(test.label(0)).isEqualTo(4);
    }

    @Test
    void theTestFilesMayBeNamedAsMnistNamesThem() {
        images("t10k-images", 2);
        refused(
                Split.TEST,
                dir + ": expected one file t10k-images* or test-images*, found [t10k-images, test-images.gz]");
        assertThat(dir.resolve("test-images.gz").toFile().delete()).isTrue();
        assertThat(load(Split.TEST).size()).isEqualTo(2);
    }

    @Test
    void refusesFilesThatDoNotFitEachOther() {
        images("train-images-idx3-ubyte", 4);
        refused(
                Split.TRAIN,
                dir.resolve("train-labels-idx1-ubyte") + ": expected 4 labels, one for each image of "
                        + dir.resolve("train-images-idx3-ubyte") + ", found 3");
        labels("test-labels.gz", 4, 5);
        refused(Split.TEST, dir.resolve("test-labels.gz") + ": expected labels in 0..4, found 5 at sample 1");
    }

    @Test
    void refusesMislabelledAndEmptyFiles() {
        labels("train-images-idx3-ubyte", 1, 2, 3);
        refused(
                Split.TRAIN,
                dir.resolve("train-images-idx3-ubyte")
                        + ": expected IDX images (magic 0x00000803), found IDX labels (magic 0x00000801)");
        images("train-images-idx3-ubyte", 0);
        refused(Split.TRAIN, dir.resolve("train-images-idx3-ubyte") + ": expected at least one image, found u8[0,2,3]");
        labels("train-labels-idx1-ubyte");
        refused(Split.TRAIN, dir.resolve("train-labels-idx1-ubyte") + ": expected at least one label, found none");
    }

    @Test
    void refusesDirectoriesWithoutThem() {
        assertThat(dir.resolve("test-labels.gz").toFile().delete()).isTrue();
        refused(Split.TEST, dir + ": expected one file t10k-labels* or test-labels*, found none");
        assertThatThrownBy(() -> Datasets.load("idx:" + dir.resolve("none"), Split.TRAIN))
                .isInstanceOf(SteepestException.class)
                .hasMessageEndingWith("expected a directory of IDX files, found none at " + dir.resolve("none"));
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatThrownBy(() -> Datasets.load("mnits", Split.TRAIN))
                .isInstanceOf(SteepestException.class)
                .hasMessage("unknown dataset 'mnits', expected one of mnist, fashion-mnist, digits, idx:DIR");
    }

    private void refused(Split split, String message) {
        assertThatThrownBy(() -> load(split))
                .isInstanceOf(SteepestException.class)
                .hasMessage(message);
    }
}
