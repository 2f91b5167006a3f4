package steepest.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.Device;
import steepest.SteepestException;

class RooflinePlotTest {
    private static final double[] NONE = {};

    @TempDir
    Path dir;

    @Test
    void everyDeviceHasItsRoofAndItsPoints() throws IOException {
        var slow = new Device.Ceilings(1e11, 1e10);
        var fast = new Device.Ceilings(2e13, 1e12);
        Path png = dir.resolve("roofline.png");
        RooflinePlot.write(
                png,
                "two devices",
                List.of(
                        new RooflinePlot.Roof("cpu", slow, new double[] {0.25, 60}, new double[] {2e9, 8e10}),
                        new RooflinePlot.Roof("gpu", fast, NONE, NONE)));
        var image = ImageIO.read(png.toFile());
        int blue = 0;
        int vermilion = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int rgb = image.getRGB(x, y);
                if (rgb == Picture.BLUE.getRGB()) blue++;
                if (rgb == Picture.VERMILION.getRGB()) vermilion++;
            }
        }
        assertThat(blue).isGreaterThan(vermilion);
        assertThat(vermilion).isGreaterThan(500);
    }

    @Test
    void aPictureOfNothingIsRefused() {
        var c = new Device.Ceilings(1, 1);
        assertThatThrownBy(() -> RooflinePlot.write(
                        dir.resolve("none.png"), "", List.of(new RooflinePlot.Roof("cpu", c, NONE, NONE))))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("expected some work");
    }
}
