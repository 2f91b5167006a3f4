package steepest.viz;

import static steepest.viz.Picture.INK;
import static steepest.viz.Picture.SOFT_INK;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A confusion matrix as a picture: a row for each true class, a column for each predicted one, the counts in the cells.
 * What is right is blue, what is wrong is orange; an error's colour grows with the square root of its part of the row, so
 * that a few errors in a thousand can still be seen. Recall stands at the right, precision at the bottom.
 */
public final class ConfusionPlot {
    private static final double CELL = 46;
    private static final double EDGE = 24;

    private final Confusion confusion;
    private final String title;
    /** Whether the heads of the columns are too long to stand level. */
    private final boolean slanted;
    /** Where the first row begins, from above. */
    private final double top;
    /** Where the first column begins, from the left. */
    private final double left;

    private ConfusionPlot(Confusion confusion, String title) {
        this.confusion = confusion;
        this.title = title;
        int longest = confusion.names().stream().mapToInt(String::length).max().orElse(1);
        slanted = longest > 5;
        top = slanted ? 142 : 104;
        left = EDGE + Math.max(64, 26 + 7.5 * Math.min(longest, 14));
    }

    /**
     * Draws a confusion matrix.
     *
     * @param png the file to write
     * @param title what was evaluated, for instance {@code "lenet on mnist"}
     * @param counts {@code [classes][classes]}, true class first
     * @param names the classes' names, in order
     * @throws steepest.SteepestException if sizes differ, a count is negative or the file cannot be written
     */
    public static void write(Path png, String title, long[][] counts, List<String> names) {
        new ConfusionPlot(new Confusion(counts, names), title).write(png);
    }

    private void write(Path png) {
        int n = confusion.size();
        int width = (int) Math.ceil(Math.max(left + (n + 1.4) * CELL + EDGE, 360));
        int height = (int) Math.ceil(top + (n + 1.1) * CELL + EDGE);
        Picture.write(png, width, height, this::draw);
    }

    private void draw(Graphics2D g) {
        int n = confusion.size();
        g.setColor(INK);
        g.setFont(Picture.TITLE);
        Picture.text(g, title, EDGE, 28, 0);
        g.setFont(Picture.TEXT);
        g.setColor(SOFT_INK);
        Picture.text(
                g,
                String.format(
                        Locale.ROOT,
                        "%,d of %,d right (%s)",
                        confusion.right(),
                        confusion.total(),
                        share((double) confusion.right() / confusion.total())),
                EDGE,
                48,
                0);
        drawNames(g, n);
        for (int row = 0; row < n; row++)
            for (int column = 0; column < n; column++) drawCell(g, row, column, left + column * CELL, top + row * CELL);
        drawMargins(g, n);
    }

    private void drawNames(Graphics2D g, int n) {
        g.setFont(Picture.SMALL);
        g.setColor(SOFT_INK);
        Picture.text(g, "predicted", left + n * CELL / 2, top - (slanted ? 72 : 36), 0.5);
        Picture.text(g, "recall", left + (n + 0.7) * CELL, top - 14, 0.5);
        Picture.text(g, "precision", left - 8, top + (n + 0.45) * CELL, 1);
        var upright = g.getTransform();
        g.rotate(-Math.PI / 2, EDGE, top + n * CELL / 2);
        Picture.text(g, "true", EDGE, top + n * CELL / 2, 0.5);
        g.setTransform(upright);
        g.setColor(INK);
        for (int i = 0; i < n; i++) {
            String name = confusion.names().get(i);
            g.setFont(Picture.TEXT);
            Picture.text(g, Picture.fitted(g, name, left - EDGE - 18), left - 8, top + (i + 0.5) * CELL, 1);
            if (!slanted) {
                Picture.text(g, name, left + (i + 0.5) * CELL, top - 14, 0.5);
                continue;
            }
            var level = g.getTransform();
            g.translate(left + (i + 0.5) * CELL - 4, top - 8);
            g.rotate(-Math.PI / 5);
            Picture.text(g, Picture.fitted(g, name, 86), 0, 0, 0);
            g.setTransform(level);
        }
    }

    private void drawCell(Graphics2D g, int row, int column, double x, double y) {
        long count = confusion.counts()[row][column];
        double share = count == 0 ? 0 : (double) count / confusion.truth(row);
        Color fill = row == column
                ? Picture.tint(Picture.BLUE, 0.15 + 0.85 * share)
                : Picture.tint(Picture.VERMILION, 0.1 + 0.9 * Math.sqrt(share));
        g.setColor(count == 0 ? new Color(0xF7, 0xF7, 0xF7) : fill);
        g.fill(new Rectangle2D.Double(x + 1, y + 1, CELL - 2, CELL - 2));
        if (count == 0) {
            g.setColor(new Color(0xBB, 0xBB, 0xBB));
        } else {
            boolean dark = luminance(fill) < 0.55;
            g.setColor(dark ? Color.WHITE : INK);
        }
        g.setFont(row == column ? Picture.TEXT.deriveFont(Font.BOLD) : Picture.TEXT);
        Picture.text(g, brief(count), x + CELL / 2, y + CELL / 2, 0.5);
    }

    private void drawMargins(Graphics2D g, int n) {
        g.setFont(Picture.SMALL);
        g.setColor(INK);
        for (int i = 0; i < n; i++) {
            Picture.text(g, share(confusion.recall(i)), left + (n + 0.7) * CELL, top + (i + 0.5) * CELL, 0.5);
            Picture.text(g, share(confusion.precision(i)), left + (i + 0.5) * CELL, top + (n + 0.45) * CELL, 0.5);
        }
    }

    private static String share(double fraction) {
        return Double.isNaN(fraction) ? "–" : Picture.percent(fraction);
    }

    /** A count that fits a cell: {@code 12345} as {@code 12.3k}. */
    private static String brief(long count) {
        if (count < 10_000) return Long.toString(count);
        if (count < 1_000_000) return String.format(Locale.ROOT, "%.1fk", count / 1e3);
        return String.format(Locale.ROOT, "%.1fM", count / 1e6);
    }

    /** How bright a colour looks, in [0, 1] (Rec. 709 weights on the encoded values: near enough to choose the ink). */
    private static double luminance(Color c) {
        return (0.2126 * c.getRed() + 0.7152 * c.getGreen() + 0.0722 * c.getBlue()) / 255;
    }
}
