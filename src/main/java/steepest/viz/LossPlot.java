package steepest.viz;

import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import steepest.SteepestException;

/**
 * How a training went, as a picture: at the left the loss and its running mean, on a logarithmic axis where it falls far,
 * at the right the accuracy after each epoch.
 */
public final class LossPlot {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 400;

    private LossPlot() {}

    /**
     * Draws loss and accuracy; the loss alone where no epoch was completed.
     *
     * @param png the file to write
     * @param title what was trained, for instance {@code "lenet on mnist"}
     * @param at where in the training each loss was taken, in epochs: 0.5 is the middle of the first; rising
     * @param losses as many; what is not finite leaves a gap
     * @param trainAccuracy after each epoch, in [0, 1]
     * @param testAccuracy after each epoch, in [0, 1]; empty if it was not measured
     * @throws SteepestException if there is no loss, the lengths do not go together, or the file cannot be written
     */
    public static void write(
            Path png, String title, double[] at, double[] losses, double[] trainAccuracy, double[] testAccuracy) {
        if (losses.length == 0 || at.length != losses.length)
            throw SteepestException.of(
                    "loss plot: at least one loss and as many places are expected, got %d and %d",
                    losses.length, at.length);
        int epochs = trainAccuracy.length;
        if (testAccuracy.length != 0 && testAccuracy.length != epochs)
            throw SteepestException.of(
                    "loss plot: %d epochs have a training accuracy but %d a test accuracy",
                    epochs, testAccuracy.length);
        XYChart loss = lossChart(at, losses);
        if (epochs == 0) Charts.write(png, WIDTH, HEIGHT, title, loss);
        else Charts.write(png, WIDTH, HEIGHT, title, loss, accuracyChart(trainAccuracy, testAccuracy));
    }

    private static XYChart lossChart(double[] at, double[] losses) {
        var chart = Charts.lines("epoch", "loss", LegendPosition.InsideNE);
        double[] raw = Arrays.stream(losses).map(LossPlot::drawable).toArray();
        double[] mean = Arrays.stream(smoothed(losses, Math.max(4, losses.length / 40)))
                .map(LossPlot::drawable)
                .toArray();
        var range = Arrays.stream(raw).filter(Double::isFinite).summaryStatistics();
        // Within a decade or so a logarithmic axis would have hardly a number on it.
        chart.getStyler().setYAxisLogarithmic(range.getMax() > 30 * range.getMin());
        chart.getStyler().setXAxisMin(0.0);
        chart.getStyler().setXAxisMax(Math.max(at[at.length - 1], Double.MIN_NORMAL));
        var each = chart.addSeries("training loss", at, raw);
        each.setMarker(SeriesMarkers.NONE);
        each.setLineColor(Picture.tint(Picture.BLUE, 0.35));
        each.setLineStyle(new BasicStroke(0.8f));
        var running = chart.addSeries("running mean", at, mean);
        running.setMarker(SeriesMarkers.NONE);
        running.setLineColor(Picture.BLUE);
        running.setLineStyle(new BasicStroke(2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        return chart;
    }

    /** A logarithmic axis has no place for zero or less, nor any axis for what is not finite: a gap. */
    private static double drawable(double loss) {
        return loss > 0 && loss < Double.POSITIVE_INFINITY ? loss : Double.NaN;
    }

    private static XYChart accuracyChart(double[] train, double[] test) {
        var chart = Charts.lines("epoch", "accuracy, %", LegendPosition.InsideSE);
        double[] x = IntStream.rangeClosed(1, train.length).asDoubleStream().toArray();
        add(chart, "training", x, train, Picture.VERMILION, true);
        if (test.length > 0) add(chart, "test", x, test, Picture.BLUE, false);
        double lowest = Math.min(
                Arrays.stream(train).min().orElse(0), Arrays.stream(test).min().orElse(1));
        // Whole steps of a tenth of what is wrong, so that 97 and 99 % can be told apart and 40 % is not cut off.
        double step = lowest > 0.95 ? 1 : lowest > 0.8 ? 5 : 20;
        chart.getStyler().setYAxisMin(Math.max(0, Math.floor((lowest * 100 - step / 2) / step) * step));
        chart.getStyler().setYAxisMax(100.0);
        double margin = train.length == 1 ? 1 : 0.5;
        chart.getStyler().setXAxisMin(1 - margin);
        chart.getStyler().setXAxisMax(train.length + margin);
        // Ticks on whole epochs only, ten of them at most.
        int every = (int) Math.ceil(train.length / 10.0);
        chart.setCustomXAxisTickLabelsFormatter(value -> String.format(Locale.ROOT, "%.0f", value));
        chart.getStyler().setXAxisTickMarkSpacingHint(Math.max(30, 380 * every / (train.length + 1)));
        return chart;
    }

    private static void add(XYChart chart, String name, double[] x, double[] fractions, Color colour, boolean dashed) {
        var series = chart.addSeries(
                name, x, Arrays.stream(fractions).map(a -> a * 100).toArray());
        series.setLineColor(colour);
        series.setMarkerColor(colour);
        series.setMarker(dashed ? SeriesMarkers.DIAMOND : SeriesMarkers.CIRCLE);
        series.setLineStyle(Charts.stroke(dashed));
    }

    /**
     * The exponential running mean over about {@code window} steps, unbiased at the beginning (as in Adam: Kingma and Ba,
     * 2015, section 3). What is not finite is passed over.
     */
    static double[] smoothed(double[] values, int window) {
        double keep = 1 - 1.0 / window;
        double mean = 0;
        double weight = 0;
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            if (Double.isFinite(values[i])) {
                mean = keep * mean + (1 - keep) * values[i];
                weight = keep * weight + (1 - keep);
            }
            result[i] = weight == 0 ? Double.NaN : mean / weight;
        }
        return result;
    }
}
