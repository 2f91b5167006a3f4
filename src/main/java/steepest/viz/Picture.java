package steepest.viz;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import steepest.AtomicFile;
import steepest.SteepestException;

/** What the pictures have in common: their paper, letters, colours and file format. */
final class Picture {
    /** Pixels to a unit of drawing, so that lines and letters stay sharp on dense screens and in print. */
    static final int SCALE = 2;

    static final Color PAPER = Color.WHITE;
    static final Color INK = new Color(0x22, 0x22, 0x22);
    static final Color SOFT_INK = new Color(0x66, 0x66, 0x66);
    static final Color GRID = new Color(0xE4, 0xE4, 0xE4);
    // From the palette of Okabe and Ito, "Color Universal Design" (2008), which colour-blind readers can tell apart.
    static final Color BLUE = new Color(0x00, 0x72, 0xB2);
    static final Color VERMILION = new Color(0xD5, 0x5E, 0x00);

    static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    static final Font SMALL = TEXT.deriveFont(11f);
    static final Font TITLE = TEXT.deriveFont(Font.BOLD, 15f);

    /** Draws in units of which {@link #SCALE} pixels make one. */
    @FunctionalInterface
    interface Drawing {
        void on(Graphics2D g);
    }

    private Picture() {}

    /**
     * Writes a picture of {@code width × height} units as PNG.
     *
     * @throws steepest.SteepestException if the file cannot be written
     */
    static void write(Path png, int width, int height, Drawing drawing) {
        var image = new BufferedImage(width * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
        var g = image.createGraphics();
        try {
            g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            g.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
            g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            g.scale(SCALE, SCALE);
            g.setColor(PAPER);
            g.fillRect(0, 0, width, height);
            drawing.on(g);
        } finally {
            g.dispose();
        }
        // encoded first: into a full disk ImageIO's own stream fails a second time, when it is collected
        var bytes = new ByteArrayOutputStream();
        try (var encoded = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(image, "png", encoded)) throw new IOException("this JVM has no PNG encoder");
        } catch (IOException e) {
            throw SteepestException.io("write", png, e);
        }
        AtomicFile.write(png, bytes.toByteArray());
    }

    /** Text whose anchor lies at {@code (x, y)}: its left end (0), middle (0.5) or right end (1), centred vertically. */
    static void text(Graphics2D g, String text, double x, double y, double anchor) {
        var metrics = g.getFontMetrics();
        float left = (float) (x - anchor * metrics.getStringBounds(text, g).getWidth());
        g.drawString(text, left, (float) (y + (metrics.getAscent() - metrics.getDescent()) / 2.0));
    }

    /** {@code text}, shortened to a width with an ellipsis where it is longer. */
    static String fitted(Graphics2D g, String text, double width) {
        if (g.getFontMetrics().stringWidth(text) <= width) return text;
        int n = text.length();
        while (n > 1 && g.getFontMetrics().stringWidth(text.substring(0, n) + "…") > width) n--;
        return text.substring(0, n) + "…";
    }

    /** From white ({@code t = 0}) to a colour ({@code t = 1}). */
    static Color tint(Color full, double t) {
        return new Color(
                (int) Math.round(255 + (full.getRed() - 255) * t),
                (int) Math.round(255 + (full.getGreen() - 255) * t),
                (int) Math.round(255 + (full.getBlue() - 255) * t));
    }

    /** {@code 0.9876} as {@code 98.8 %}; what is not quite all or nothing is not rounded to it. */
    static String percent(double fraction) {
        double tenths = Math.rint(fraction * 1000);
        if (tenths >= 1000 && fraction < 1) tenths = 999;
        if (tenths <= 0 && fraction > 0) tenths = 1;
        return tenths >= 1000 ? "100 %" : String.format(Locale.ROOT, "%.1f %%", tenths / 10);
    }
}
