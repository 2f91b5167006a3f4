package steepest.viz;

import java.awt.Color;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import steepest.SteepestException;

/** Robust accuracy over ε, a line for each attack. */
public final class RobustnessPlot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 460;

    /**
     * A line.
     *
     * @param accuracy a fraction for each ε
     */
    public record Line(String name, double[] accuracy) {}

    private RobustnessPlot() {}

    /**
     * @param png the file to write
     * @param axis what ε is measured in, as the name of the axis
     * @param epsilon rising
     * @throws SteepestException if there is no line or one has not as many points as there are ε, or the file cannot be written
     */
    public static void write(Path png, String title, String axis, double[] epsilon, List<Line> lines) {
        if (lines.isEmpty() || lines.stream().anyMatch(l -> l.accuracy.length != epsilon.length))
            throw SteepestException.of(
                    "robustness plot: expected lines of %d points, got %s",
                    epsilon.length, lines.stream().map(l -> l.accuracy.length).toList());
        XYChart chart = percent(axis);
        for (int i = 0; i < lines.size(); i++) {
            double[] percent =
                    Arrays.stream(lines.get(i).accuracy).map(a -> 100 * a).toArray();
            var series = chart.addSeries(lines.get(i).name, epsilon, percent);
            Color colour = Charts.COLOURS.get(i % Charts.COLOURS.size());
            series.setLineColor(colour);
            series.setMarkerColor(colour);
            series.setMarker(SeriesMarkers.CIRCLE);
            series.setLineStyle(Charts.stroke(i >= Charts.COLOURS.size()));
        }
        chart.getStyler().setXAxisMin(Math.min(0, epsilon[0]));
        chart.getStyler().setXAxisMax(Math.max(epsilon[epsilon.length - 1], Double.MIN_NORMAL));
        Charts.write(png, WIDTH, HEIGHT, title, chart);
    }

    /** A chart of robust accuracy, 0 to 100 %, over something. */
    static XYChart percent(String axis) {
        var chart = Charts.lines(axis, "robust accuracy, %", LegendPosition.OutsideE);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setYAxisMax(100.0);
        return chart;
    }
}
