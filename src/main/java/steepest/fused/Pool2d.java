package steepest.fused;

import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;
import steepest.op.Unfold;
import steepest.op.Window;

/** Pooling over windows of the last two axes: {@code [N, C, H, W] → [N, C, oh, ow]}. */
public final class Pool2d {
    private Pool2d() {}

    /** The largest of each window; the first among equals gets the gradient. */
    public static Tensor maxPool2d(Tensor x, int kernel, int stride, int padding) {
        return Tensor.apply(new Max(new Window(kernel, kernel, stride, stride, 1, 1), padding, padding), x);
    }

    /** The mean of each window, zeros of the padding counted. */
    public static Tensor avgPool2d(Tensor x, int kernel, int stride, int padding) {
        return Tensor.apply(new Average(new Window(kernel, kernel, stride, stride, 1, 1), padding, padding), x);
    }

    /**
     * {@code [N, C, kh·kw, oh·ow]}: the elements of each window of the image {@code [N, C, H, W]}, in row-major order.
     *
     * @param op whose windows they are, for errors
     * @param border what surrounds the image
     */
    public static Tensor windows(String op, Tensor x, Window window, int padH, int padW, double border) {
        Shape s = x.shape();
        if (s.rank() != 4) throw SteepestException.of("%s: takes [N,C,H,W], got %s", op, s);
        if (padH < 0 || padW < 0 || 2 * padH > window.kh() || 2 * padW > window.kw())
            throw SteepestException.of(
                    "%s: padding %dx%d must be from 0 to half of the window %dx%d",
                    op, padH, padW, window.kh(), window.kw());
        int[] p = {0, 0, padH, padW};
        Tensor padded = padH + padW == 0 ? x : x.pad(p, p, border);
        Tensor w = Tensor.apply(new Unfold(window), padded);
        return w.reshape(
                s.dim(0),
                s.dim(1),
                window.kh() * window.kw(),
                w.shape().dim(4) * w.shape().dim(5));
    }

    private static Tensor image(Tensor pooled, Shape x, Window window, int padH, int padW) {
        return pooled.reshape(x.dim(0), x.dim(1), window.outH(x.dim(2) + 2 * padH), window.outW(x.dim(3) + 2 * padW));
    }

    /** Max-pooling; padding counts as −∞. */
    public record Max(Window window, int padH, int padW) implements Fused {
        @Override
        public String name() {
            return "maxPool2d";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor x = in.get(0);
            Tensor w = windows(name(), x, window, padH, padW, Double.NEGATIVE_INFINITY);
            Tensor first = w.argmax(2).unsqueeze(2);
            return List.of(image(w.gather(2, first), x.shape(), window, padH, padW));
        }

        @Override
        public Tensor vjp(Node node, int i, Tensor[] g) {
            return Tensor.apply(new MaxGrad(this), node.input(0), g[0]);
        }
    }

    /** The gradient of {@link Max}: x {@code [N, C, H, W]} and output gradient {@code [N, C, oh, ow]} give x's shape. */
    public record MaxGrad(Max pool) implements Fused {
        @Override
        public String name() {
            return "maxPool2dGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            return List.of(pool.meaningVjp(List.of(in.get(0)), 0, new Tensor[] {in.get(1)}));
        }
    }

    /** Average pooling over kh·kw elements, padding included. */
    public record Average(Window window, int padH, int padW) implements Fused {
        @Override
        public String name() {
            return "avgPool2d";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor x = in.get(0);
            return List.of(image(windows(name(), x, window, padH, padW, 0).mean(2), x.shape(), window, padH, padW));
        }

        @Override
        public Tensor vjp(Node node, int i, Tensor[] g) {
            Shape x = node.input(0).shape();
            return Tensor.apply(new AverageGrad(this, x.dim(2), x.dim(3)), g[0]);
        }
    }

    /** The gradient of {@link Average}: {@code [N, C, oh, ow] → [N, C, h, w]}. */
    public record AverageGrad(Average pool, int h, int w) implements Fused {
        @Override
        public String name() {
            return "avgPool2dGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Shape g = in.get(0).shape();
            Tensor x = Tensor.zeros(Spec.of(in.get(0).dtype(), g.dim(0), g.dim(1), h, w));
            return List.of(pool.meaningVjp(List.of(x), 0, new Tensor[] {in.get(0)}));
        }

        @Override
        public Tensor vjp(Node node, int i, Tensor[] g) {
            return Tensor.apply(pool, g[0]);
        }
    }
}
