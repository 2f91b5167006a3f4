package steepest.viz;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;

/** What all charts look like: paper, ink, grid and fonts as in {@link Picture}, below a title. */
final class Charts {
    /** Okabe and Ito's palette, which colour-blind readers can tell apart. */
    static final List<Color> COLOURS = List.of(
            Picture.BLUE,
            Picture.VERMILION,
            new Color(0x00, 0x9E, 0x73),
            new Color(0xCC, 0x79, 0xA7),
            new Color(0xE6, 0x9F, 0x00),
            new Color(0x56, 0xB4, 0xE9));

    private static final int HEAD = 44; // room for the title

    private Charts() {}

    /** A chart of lines, with the names of its axes. */
    static XYChart lines(String x, String y, LegendPosition legend) {
        var chart = new XYChartBuilder().xAxisTitle(x).yAxisTitle(y).build();
        var style = chart.getStyler();
        style.setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Line);
        style.setChartBackgroundColor(Picture.PAPER);
        style.setPlotBackgroundColor(Picture.PAPER);
        style.setPlotBorderVisible(false);
        style.setPlotGridLinesColor(Picture.GRID);
        style.setPlotGridLinesStroke(new BasicStroke(0.7f));
        style.setChartFontColor(Picture.INK);
        style.setAxisTickLabelsFont(Picture.SMALL);
        style.setAxisTickLabelsColor(Picture.SOFT_INK);
        style.setAxisTickMarksColor(Picture.GRID);
        style.setAxisTitleFont(Picture.TEXT);
        style.setLegendFont(Picture.TEXT);
        style.setLegendBorderColor(Picture.PAPER);
        style.setLegendPosition(legend);
        style.setChartPadding(12);
        style.setMarkerSize(7);
        style.setLocale(Locale.ROOT);
        return chart;
    }

    /** A line that is full or dashed. */
    static BasicStroke stroke(boolean dashed) {
        return dashed
                ? new BasicStroke(2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, new float[] {6, 4}, 0)
                : new BasicStroke(2f);
    }

    /**
     * Charts of equal widths side by side.
     *
     * @param png the file to write
     * @throws steepest.SteepestException if the file cannot be written
     */
    static void write(Path png, int width, int height, String title, XYChart... charts) {
        Picture.write(png, width, height, g -> {
            g.setFont(Picture.TITLE);
            g.setColor(Picture.INK);
            Picture.text(g, title, 24, 26, 0);
            int each = width / charts.length;
            for (int i = 0; i < charts.length; i++) {
                var part = (Graphics2D) g.create(i * each, HEAD, each, height - HEAD);
                charts[i].paint(part, each, height - HEAD);
                part.dispose();
            }
        });
    }
}
