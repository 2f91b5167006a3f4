package steepest.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.SteepestException;

class PicturesTest {
    private static final List<String> DIGITS =
            IntStream.range(0, 10).mapToObj(Integer::toString).toList();

    @TempDir
    Path dir;

    @Test
    void lossPlotShowsBothCurvesAndTheSamePictureForTheSameNumbers() throws IOException {
        double[] losses = IntStream.range(0, 3000)
                .mapToDouble(i -> 0.02 + 2.3 * Math.exp(-i / 300.0))
                .toArray();
        double[] at = IntStream.range(0, 3000).mapToDouble(i -> i / 1000.0).toArray();
        double[] train = {0.95, 0.98, 0.99};
        double[] test = {0.96, 0.975, 0.988};
        LossPlot.write(dir.resolve("a.png"), "lenet on mnist", at, losses, train, test);
        LossPlot.write(dir.resolve("b.png"), "lenet on mnist", at, losses, train, test);

        var image = ImageIO.read(dir.resolve("a.png").toFile());
        assertThat(image.getWidth()).isEqualTo(1920);
        assertThat(image.getHeight()).isEqualTo(800);
        int middle = image.getWidth() / 2;
        assertThat(count(image, Picture.BLUE, 0, middle)).as("running mean").isGreaterThan(500);
        assertThat(count(image, Picture.BLUE, middle, 2 * middle))
                .as("test accuracy")
                .isGreaterThan(500);
        assertThat(count(image, Picture.VERMILION, middle, 2 * middle))
                .as("training accuracy")
                .isGreaterThan(500);
        assertThat(dir.resolve("a.png")).hasSameBinaryContentAs(dir.resolve("b.png"));
    }

    @Test
    void lossPlotLeavesGapsForWhatIsNotFinite() throws IOException {
        double[] at = {0.1, 0.2, 0.3, 0.4, 0.5, 1};
        double[] losses = {Double.NaN, 2, Double.POSITIVE_INFINITY, 1, 0, 0.5};
        LossPlot.write(dir.resolve("gaps.png"), "gaps", at, losses, new double[] {0.5}, new double[0]);
        Arrays.fill(losses, Double.NaN);
        LossPlot.write(dir.resolve("none.png"), "all lost", at, losses, new double[] {0}, new double[] {0.1});
        var image = ImageIO.read(dir.resolve("none.png").toFile());
        assertThat(count(image, Picture.BLUE, image.getWidth() / 2, image.getWidth()))
                .isPositive();
    }

    @Test
    void lossPlotShowsTheLossAloneWhereNoEpochWasCompleted() throws IOException {
        double[] none = new double[0];
        LossPlot.write(dir.resolve("a.png"), "interrupted", new double[] {0.1, 0.2}, new double[] {2, 1}, none, none);
        var image = ImageIO.read(dir.resolve("a.png").toFile());
        assertThat(count(image, Picture.BLUE, image.getWidth() / 2, image.getWidth()))
                .isGreaterThan(500);
    }

    @Test
    void lossPlotRefusesNumbersThatDoNotGoTogether() {
        var png = dir.resolve("x.png");
        assertThatThrownBy(() -> LossPlot.write(png, "x", new double[0], new double[0], new double[1], new double[0]))
                .isInstanceOf(SteepestException.class)
                .hasMessage("loss plot: at least one loss and as many places are expected, got 0 and 0");
        assertThatThrownBy(() -> LossPlot.write(png, "x", new double[2], new double[1], new double[1], new double[0]))
                .hasMessage("loss plot: at least one loss and as many places are expected, got 1 and 2");
        assertThatThrownBy(() -> LossPlot.write(png, "x", new double[1], new double[1], new double[2], new double[1]))
                .hasMessage("loss plot: 2 epochs have a training accuracy but 1 a test accuracy");
        assertThat(png).doesNotExist();
    }

    @Test
    void smoothingIsUnbiasedAtTheBeginningAndPassesOverNaN() {
        for (double mean : LossPlot.smoothed(new double[] {3, 3, Double.NaN, 3}, 50))
            assertThat(mean).isCloseTo(3, within(1e-12));
        // weights 1/2 and 1/4, over their sum
        assertThat(LossPlot.smoothed(new double[] {1, 4}, 2)[1]).isCloseTo((0.25 * 1 + 0.5 * 4) / 0.75, within(1e-12));
        assertThat(LossPlot.smoothed(new double[] {Double.NaN}, 5)).containsOnly(Double.NaN);
    }

    @Test
    void confusionPlotColoursWhatIsRightAndWhatIsWrong() throws IOException {
        long[][] perfect = new long[10][10];
        for (int i = 0; i < 10; i++) perfect[i][i] = 100;
        ConfusionPlot.write(dir.resolve("perfect.png"), "perfect", perfect, DIGITS);
        var right = ImageIO.read(dir.resolve("perfect.png").toFile());
        assertThat(count(right, Picture.BLUE, 0, right.getWidth())).isGreaterThan(10 * 5000);
        assertThat(count(right, Picture.VERMILION, 0, right.getWidth())).isZero();

        long[][] wrong = new long[10][10];
        for (int i = 0; i < 10; i++) wrong[i][(i + 1) % 10] = 100;
        ConfusionPlot.write(dir.resolve("wrong.png"), "wrong", wrong, DIGITS);
        var image = ImageIO.read(dir.resolve("wrong.png").toFile());
        assertThat(count(image, Picture.VERMILION, 0, image.getWidth())).isGreaterThan(10 * 5000);
        assertThat(count(image, Picture.BLUE, 0, image.getWidth())).isZero();
    }

    @Test
    void confusionPlotTakesLongNamesOneClassAndEmptyClasses() {
        ConfusionPlot.write(dir.resolve("one.png"), "one", new long[][] {{0}}, List.of("the only class there is"));
        ConfusionPlot.write(
                dir.resolve("names.png"), "names", new long[3][3], Collections.nCopies(3, "a rather long name"));
        assertThat(dir.resolve("one.png")).isNotEmptyFile();
        assertThat(dir.resolve("names.png")).isNotEmptyFile();
    }

    @Test
    void confusionRefusesWhatIsNoConfusionMatrix() {
        assertThatThrownBy(() -> ConfusionText.of(new long[2][2], DIGITS))
                .isInstanceOf(SteepestException.class)
                .hasMessage("confusion matrix: 2 classes but 10 class names");
        assertThatThrownBy(() -> ConfusionText.of(new long[][] {{1, 2}, {3}}, List.of("a", "b")))
                .hasMessage("confusion matrix: row 1 has 1 entries, 2 were expected");
        assertThatThrownBy(() -> ConfusionText.of(new long[][] {{-1}}, List.of("a")))
                .hasMessage("confusion matrix: row 0 holds a negative count, -1");
        assertThatThrownBy(() -> ConfusionText.of(new long[0][0], List.of()))
                .hasMessage("confusion matrix: at least one class is expected, got none");
    }

    @Test
    void confusionTextLinesUp() {
        assertThat(ConfusionText.of(new long[][] {{12, 0}, {1, 2999}}, List.of("cat", "dog")))
                .isEqualTo("""
                              predicted
                        true   cat  dog  recall
                        cat     12    ·   100 %
                        dog      1 2999  99.9 %
                        """);
    }

    @Test
    void confusionTextNumbersLongNamesAndKnowsEmptyClasses() {
        assertThat(ConfusionText.of(new long[][] {{3, 1}, {0, 0}}, List.of("Ankle boot", "Bag")))
                .isEqualTo("""
                                      predicted
                        true             0    1  recall
                        0 Ankle boot     3    1  75.0 %
                        1 Bag            ·    ·       –
                        """);
    }

    @Test
    void aPictureThatCannotBeWrittenIsOneClearLine() throws IOException {
        Files.writeString(dir.resolve("file"), "");
        assertThatThrownBy(() ->
                        ConfusionPlot.write(dir.resolve("file/confusion.png"), "x", new long[][] {{1}}, List.of("a")))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("cannot write " + dir.resolve("file/confusion.png"));
    }

    private static int count(BufferedImage image, Color colour, int fromX, int toX) {
        int n = 0;
        for (int y = 0; y < image.getHeight(); y++)
            for (int x = fromX; x < toX; x++) if (image.getRGB(x, y) == colour.getRGB()) n++;
        return n;
    }
}
