package steepest.viz;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import steepest.SteepestException;

/** What accuracy costs: a point for each trained network, a series for each method, the cost on a logarithmic axis. */
public final class TradeoffPlot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 460;
    private static final int HEAD = 44;

    /**
     * A network.
     *
     * @param method the name of its series
     * @param cost above 0
     * @param accuracy a fraction
     */
    public record Point(String method, double cost, double accuracy) {}

    private TradeoffPlot() {}

    /**
     * @param png the file to write
     * @param axis what the cost is
     * @throws SteepestException if there is no point, a cost is not above 0, or the file cannot be written
     */
    public static void write(Path png, String title, String axis, List<Point> points) {
        if (points.isEmpty() || points.stream().anyMatch(p -> !(p.cost > 0)))
            throw SteepestException.of("tradeoff plot: expected points with costs above 0, got %s", points);
        Map<String, List<Point>> methods = new LinkedHashMap<>();
        for (Point p : points)
            methods.computeIfAbsent(p.method, m -> new java.util.ArrayList<>()).add(p);
        var chart = new XYChartBuilder()
                .xAxisTitle(axis)
                .yAxisTitle("robust accuracy, %")
                .build();
        var style = chart.getStyler();
        style.setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        style.setChartBackgroundColor(Picture.PAPER);
        style.setPlotBackgroundColor(Picture.PAPER);
        style.setPlotBorderVisible(false);
        style.setPlotGridLinesColor(Picture.GRID);
        style.setChartFontColor(Picture.INK);
        style.setAxisTickLabelsFont(Picture.SMALL);
        style.setAxisTitleFont(Picture.TEXT);
        style.setLegendFont(Picture.TEXT);
        style.setLegendBorderColor(Picture.PAPER);
        style.setLegendPosition(LegendPosition.OutsideE);
        style.setXAxisLogarithmic(true);
        style.setYAxisMin(0.0);
        style.setYAxisMax(100.0);
        style.setLocale(java.util.Locale.ROOT);
        double least = points.stream().mapToDouble(Point::cost).min().orElseThrow();
        double most = points.stream().mapToDouble(Point::cost).max().orElseThrow();
        style.setXAxisMin(least / 2);
        style.setXAxisMax(most * 2);
        methods.forEach((name, some) -> chart.addSeries(
                name,
                some.stream().mapToDouble(Point::cost).toArray(),
                some.stream().mapToDouble(p -> 100 * p.accuracy).toArray()));
        Picture.write(png, WIDTH, HEIGHT, g -> {
            g.setFont(Picture.TITLE);
            g.setColor(Picture.INK);
            Picture.text(g, title, 24, 26, 0);
            var part = (java.awt.Graphics2D) g.create(0, HEAD, WIDTH, HEIGHT - HEAD);
            chart.paint(part, WIDTH, HEIGHT - HEAD);
            part.dispose();
        });
    }
}
