package steepest.viz;

import java.awt.Color;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import steepest.Device;
import steepest.SteepestException;

/**
 * The roofline model as a picture (Williams, Waterman and Patterson, 2009): what a device can do at best over the
 * operations for each byte moved, a line for each device, and what it does, a point for each piece of work.
 */
public final class RooflinePlot {
    private static final int WIDTH = 860;
    private static final int HEIGHT = 520;

    /**
     * A device and what it did.
     *
     * @param intensity operations for each byte, of each piece of work; positive
     * @param rate operations a second, of each piece of work; positive
     */
    public record Roof(String name, Device.Ceilings ceilings, double[] intensity, double[] rate) {}

    private RooflinePlot() {}

    /**
     * @param png the file to write
     * @throws SteepestException if there is no device or no work, the lengths do not go together, or the file cannot be
     *     written
     */
    public static void write(Path png, String title, List<Roof> roofs) {
        if (roofs.stream().noneMatch(r -> r.intensity.length > 0)
                || roofs.stream().anyMatch(r -> r.intensity.length != r.rate.length))
            throw SteepestException.of(
                    "roofline plot: expected some work, and a rate for each intensity; got %s",
                    roofs.stream()
                            .map(r -> r.name + ": " + r.intensity.length + " and " + r.rate.length)
                            .toList());
        XYChart chart = Charts.lines("operations for each byte", "GFLOP/s", LegendPosition.OutsideS);
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setYAxisLogarithmic(true);
        // whole decades around all that is drawn
        double left = 1;
        double right = 1;
        for (Roof r : roofs) {
            double ridge = r.ceilings.flops() / r.ceilings.bytes();
            left = Math.min(left, Math.min(ridge, least(r.intensity)));
            right = Math.max(right, 2 * Math.max(ridge, most(r.intensity)));
        }
        left = Math.pow(10, Math.floor(Math.log10(left)));
        right = Math.pow(10, Math.ceil(Math.log10(right)));
        double low = Double.POSITIVE_INFINITY;
        double high = 0;
        for (int i = 0; i < roofs.size(); i++) {
            Roof r = roofs.get(i);
            Color colour = Charts.COLOURS.get(i % Charts.COLOURS.size());
            add(chart, r, colour, left, right);
            low = Math.min(low, Math.min(left * r.ceilings.bytes(), least(r.rate)));
            high = Math.max(high, r.ceilings.flops());
        }
        var style = chart.getStyler();
        style.setXAxisMin(left);
        style.setXAxisMax(right);
        style.setYAxisMin(Math.pow(10, Math.floor(Math.log10(low / 1e9))));
        style.setYAxisMax(Math.pow(10, Math.ceil(Math.log10(high / 1e9))));
        Charts.write(png, WIDTH, HEIGHT, title, chart);
    }

    private static double least(double[] values) {
        double m = Double.POSITIVE_INFINITY;
        for (double v : values) m = Math.min(m, v);
        return m;
    }

    private static double most(double[] values) {
        double m = 0;
        for (double v : values) m = Math.max(m, v);
        return m;
    }

    private static void add(XYChart chart, Roof r, Color colour, double left, double right) {
        double ridge = r.ceilings.flops() / r.ceilings.bytes();
        double peak = r.ceilings.flops() / 1e9;
        String legend = String.format(
                Locale.ROOT, "%s: at most %.0f GFLOP/s, %.0f GB/s", r.name, peak, r.ceilings.bytes() / 1e9);
        var roof = chart.addSeries(
                legend, new double[] {left, ridge, right}, new double[] {left * r.ceilings.bytes() / 1e9, peak, peak});
        roof.setMarker(SeriesMarkers.NONE);
        roof.setLineColor(colour);
        roof.setLineStyle(Charts.stroke(false));
        if (r.intensity.length == 0) return;
        double[] rates = new double[r.rate.length];
        for (int i = 0; i < rates.length; i++) rates[i] = r.rate[i] / 1e9;
        var work = chart.addSeries(r.name + ": measured", r.intensity, rates);
        work.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        work.setMarker(SeriesMarkers.CIRCLE);
        work.setMarkerColor(colour);
    }
}
