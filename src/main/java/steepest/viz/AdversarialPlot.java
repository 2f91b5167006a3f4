package steepest.viz;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

/**
 * Samples under attack, a column each: the clean picture, the perturbation and the adversarial picture, with what the model
 * takes them for. In a perturbation grey stands for no change, black and white for the largest change of that sample.
 */
public final class AdversarialPlot {
    private static final int CELL = 92;
    private static final int GAP = 10;
    private static final int LEFT = 96;
    private static final int TOP = 56;
    private static final int LINE = 20;

    /**
     * One column.
     *
     * @param clean F32 {@code [C, H, W]}, in [low, high]; three channels are red, green and blue, of others the first is shown
     * @param adversarial of the same shape
     * @param truth the name of the true class, as {@code before} and {@code after} of the predicted ones
     * @param norm what the change measures, as a text
     */
    public record Example(
            HostArray clean, HostArray adversarial, String truth, String before, String after, String norm) {}

    private AdversarialPlot() {}

    /**
     * @param png the file to write
     * @param title what was attacked, and how
     * @param low the darkest value, as {@code high} the brightest
     * @throws SteepestException if there is no example, shapes differ, or the file cannot be written
     */
    public static void write(Path png, String title, List<Example> examples, double low, double high) {
        if (examples.isEmpty()) throw SteepestException.of("adversarial plot: expected at least one example");
        Shape shape = examples.get(0).clean.shape();
        for (Example e : examples)
            if (shape.rank() != 3
                    || !e.clean.shape().equals(shape)
                    || !e.adversarial.shape().equals(shape))
                throw SteepestException.of(
                        "adversarial plot: expected pictures [C,H,W] of one shape, got %s and %s beside %s",
                        e.clean.shape(), e.adversarial.shape(), shape);
        int width = Math.max(LEFT + examples.size() * (CELL + GAP) + GAP, 420);
        int height = TOP + 3 * (CELL + LINE) + GAP;
        Picture.write(png, width, height, g -> draw(g, title, examples, low, high));
    }

    private static void draw(Graphics2D g, String title, List<Example> examples, double low, double high) {
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        g.setColor(Picture.INK);
        g.setFont(Picture.TITLE);
        Picture.text(g, title, GAP, 26, 0);
        g.setFont(Picture.TEXT);
        List<String> rows = List.of("clean", "perturbation", "adversarial");
        for (int r = 0; r < rows.size(); r++) Picture.text(g, rows.get(r), GAP, y(r) + CELL / 2.0, 0);
        for (int i = 0; i < examples.size(); i++) {
            Example e = examples.get(i);
            int x = LEFT + i * (CELL + GAP);
            g.drawImage(picture(e.clean, low, high), x, y(0), CELL, CELL, null);
            g.drawImage(perturbation(e), x, y(1), CELL, CELL, null);
            g.drawImage(picture(e.adversarial, low, high), x, y(2), CELL, CELL, null);
            g.setFont(Picture.SMALL);
            caption(g, e.before, e.before.equals(e.truth), x, 0);
            g.setColor(Picture.SOFT_INK);
            Picture.text(g, Picture.fitted(g, e.norm, CELL), x + CELL / 2.0, y(1) + CELL + LINE / 2.0, 0.5);
            caption(g, e.after, e.after.equals(e.truth), x, 2);
        }
    }

    /** What the model says, blue where it is right. */
    private static void caption(Graphics2D g, String name, boolean right, int x, int row) {
        g.setColor(right ? Picture.BLUE : Picture.VERMILION);
        Picture.text(g, Picture.fitted(g, name, CELL), x + CELL / 2.0, y(row) + CELL + LINE / 2.0, 0.5);
    }

    private static int y(int row) {
        return TOP + row * (CELL + LINE);
    }

    private static BufferedImage perturbation(Example e) {
        float[] a = e.clean.floats();
        float[] b = e.adversarial.floats();
        float[] delta = new float[a.length];
        float largest = Float.MIN_NORMAL;
        for (int i = 0; i < a.length; i++) {
            delta[i] = b[i] - a[i];
            largest = Math.max(largest, Math.abs(delta[i]));
        }
        return picture(HostArray.of(delta, e.clean.shape()), -largest, largest);
    }

    private static BufferedImage picture(HostArray pixels, double low, double high) {
        int h = pixels.shape().dim(1);
        int w = pixels.shape().dim(2);
        boolean colour = pixels.shape().dim(0) == 3;
        float[] p = pixels.floats();
        BufferedImage image = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < h * w; i++) {
            int red = level(p[i], low, high);
            int green = colour ? level(p[h * w + i], low, high) : red;
            int blue = colour ? level(p[2 * h * w + i], low, high) : red;
            image.setRGB(i % w, i / w, red << 16 | green << 8 | blue);
        }
        return image;
    }

    private static int level(float value, double low, double high) {
        return (int) Math.max(0, Math.min(255, Math.round((value - low) / (high - low) * 255)));
    }
}
