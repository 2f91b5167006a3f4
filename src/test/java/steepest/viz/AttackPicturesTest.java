package steepest.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.HostArray;
import steepest.Shape;

class AttackPicturesTest {
    @TempDir
    Path dir;

    private static HostArray pixels(float... values) {
        return HostArray.of(values, Shape.of(1, 1, values.length));
    }

    private static AdversarialPlot.Example example(HostArray clean, HostArray adversarial) {
        return new AdversarialPlot.Example(clean, adversarial, "cat", "cat", "dog", "linf 0.25");
    }

    @Test
    void cleanPerturbationAndAdversarialStandBelowEachOther() throws IOException {
        Path png = dir.resolve("a.png");
        AdversarialPlot.write(
                png,
                "pgd",
                List.of(example(pixels(0, 1), pixels(0.25f, 1)), example(pixels(0, 1), pixels(0, 0.5f))),
                0,
                1);
        BufferedImage image = ImageIO.read(png.toFile());
        // in units: a column begins at 96, cells are 92, rows begin at 56 and are 112 apart; two pixels to a unit
        int left = 2 * (96 + 20);
        int right = 2 * (96 + 70);
        assertThat(image.getRGB(left, 2 * 100) & 255).as("clean").isZero();
        assertThat(image.getRGB(right, 2 * 100) & 255).isEqualTo(255);
        assertThat(image.getRGB(left, 2 * 212) & 255).as("largest change").isEqualTo(255);
        assertThat(image.getRGB(right, 2 * 212) & 255).as("no change").isBetween(127, 128);
        assertThat(image.getRGB(left, 2 * 324) & 255).as("adversarial").isEqualTo(64);
        assertThat(image.getRGB(right + 2 * 102, 2 * 324) & 255).isEqualTo(128);
    }

    @Test
    void curvesAreDrawn() throws IOException {
        Path png = dir.resolve("r.png");
        var lines = List.of(
                new RobustnessPlot.Line("pgd", new double[] {1, 0.5, 0}),
                new RobustnessPlot.Line("worst case", new double[] {1, 0.25, 0}));
        RobustnessPlot.write(png, "net", "eps, linf", new double[] {0, 0.1, 0.2}, lines);
        BufferedImage image = ImageIO.read(png.toFile());
        int blue = 0;
        for (int x = 0; x < image.getWidth(); x++)
            for (int y = 0; y < image.getHeight(); y++)
                if ((image.getRGB(x, y) & 0xffffff) == (Picture.BLUE.getRGB() & 0xffffff)) blue++;
        assertThat(blue).isGreaterThan(200);
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        Path png = dir.resolve("no.png");
        assertThatThrownBy(() -> AdversarialPlot.write(png, "", List.of(), 0, 1))
                .hasMessageContaining("at least one");
        assertThatThrownBy(() -> AdversarialPlot.write(png, "", List.of(example(pixels(0, 1), pixels(0))), 0, 1))
                .hasMessageContaining("of one shape");
        assertThatThrownBy(() -> RobustnessPlot.write(
                        png, "", "eps", new double[] {1, 2}, List.of(new RobustnessPlot.Line("a", new double[] {1}))))
                .hasMessageContaining("expected lines of 2 points, got [1]");
        assertThat(png).doesNotExist();
    }
}
