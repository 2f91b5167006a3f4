package steepest.viz;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import steepest.SteepestException;

/** What accuracy costs: a point for each trained network, a series for each method. */
public final class TradeoffPlot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 460;
    /** Costs that differ by more are shown on a logarithmic axis. */
    private static final double WIDE = 20;

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
        var chart = RobustnessPlot.percent(axis);
        var style = chart.getStyler();
        style.setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        double least = points.stream().mapToDouble(Point::cost).min().orElseThrow();
        double most = points.stream().mapToDouble(Point::cost).max().orElseThrow();
        boolean logarithmic = most > WIDE * least;
        style.setXAxisLogarithmic(logarithmic);
        // an axis from decade to decade, since only these are labelled
        style.setXAxisMin(logarithmic ? Math.pow(10, Math.floor(Math.log10(least))) : 0);
        style.setXAxisMax(logarithmic ? Math.pow(10, Math.ceil(Math.log10(most * 1.01))) : most * 1.1);
        if (!logarithmic && most >= 100) style.setXAxisDecimalPattern("#,##0");
        methods.forEach((name, some) -> chart.addSeries(
                name,
                some.stream().mapToDouble(Point::cost).toArray(),
                some.stream().mapToDouble(p -> 100 * p.accuracy).toArray()));
        Charts.write(png, WIDTH, HEIGHT, title, chart);
    }
}
