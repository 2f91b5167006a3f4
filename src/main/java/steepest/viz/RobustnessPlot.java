package steepest.viz;

import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import steepest.SteepestException;

/** Robust accuracy over ε, a line for each attack. */
public final class RobustnessPlot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 460;
    private static final int HEAD = 44;
    // Okabe and Ito's palette, as elsewhere
    private static final List<Color> COLOURS = List.of(
            Picture.BLUE,
            Picture.VERMILION,
            new Color(0x00, 0x9E, 0x73),
            new Color(0xCC, 0x79, 0xA7),
            new Color(0xE6, 0x9F, 0x00),
            new Color(0x56, 0xB4, 0xE9));

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
        XYChart chart = chart(axis);
        for (int i = 0; i < lines.size(); i++) {
            double[] percent =
                    Arrays.stream(lines.get(i).accuracy).map(a -> 100 * a).toArray();
            var series = chart.addSeries(lines.get(i).name, epsilon, percent);
            Color colour = COLOURS.get(i % COLOURS.size());
            series.setLineColor(colour);
            series.setMarkerColor(colour);
            series.setMarker(SeriesMarkers.CIRCLE);
            series.setLineStyle(
                    i < COLOURS.size()
                            ? new BasicStroke(2f)
                            : new BasicStroke(
                                    2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, new float[] {6, 4}, 0));
        }
        chart.getStyler().setXAxisMin(Math.min(0, epsilon[0]));
        chart.getStyler().setXAxisMax(Math.max(epsilon[epsilon.length - 1], Double.MIN_NORMAL));
        Picture.write(png, WIDTH, HEIGHT, g -> {
            g.setFont(Picture.TITLE);
            g.setColor(Picture.INK);
            Picture.text(g, title, 24, 26, 0);
            var part = (java.awt.Graphics2D) g.create(0, HEAD, WIDTH, HEIGHT - HEAD);
            chart.paint(part, WIDTH, HEIGHT - HEAD);
            part.dispose();
        });
    }

    private static XYChart chart(String axis) {
        var chart = new XYChartBuilder()
                .xAxisTitle(axis)
                .yAxisTitle("robust accuracy, %")
                .build();
        var style = chart.getStyler();
        style.setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Line);
        style.setChartBackgroundColor(Picture.PAPER);
        style.setPlotBackgroundColor(Picture.PAPER);
        style.setPlotBorderVisible(false);
        style.setPlotGridLinesColor(Picture.GRID);
        style.setChartFontColor(Picture.INK);
        style.setAxisTickLabelsFont(Picture.SMALL);
        style.setAxisTickLabelsColor(Picture.SOFT_INK);
        style.setAxisTitleFont(Picture.TEXT);
        style.setLegendFont(Picture.TEXT);
        style.setLegendBorderColor(Picture.PAPER);
        style.setLegendPosition(LegendPosition.OutsideE);
        style.setChartPadding(12);
        style.setMarkerSize(7);
        style.setYAxisMin(0.0);
        style.setYAxisMax(100.0);
        style.setLocale(java.util.Locale.ROOT);
        return chart;
    }
}
