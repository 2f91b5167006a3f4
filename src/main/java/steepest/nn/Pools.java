package steepest.nn;

import java.util.function.UnaryOperator;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.Pool2d;
import steepest.op.Window;

/** The pooling layers' names and rules for shapes. */
final class Pools {
    private Pools() {}

    /** The largest of each window along the last one or two axes. */
    static Layer maxima(int axes, String op, int kernel, int stride, int padding, UnaryOperator<Tensor> f) {
        boolean image = axes == 2;
        Form form = new Form.Max(x -> {
            Window window = new Window(image ? kernel : 1, kernel, image ? stride : 1, stride, 1, 1);
            Tensor all = Pool2d.windows(
                    op, image ? x : x.unsqueeze(2), window, image ? padding : 0, padding, Form.Max.PADDING);
            Shape s = x.shape().slice(1, x.shape().rank());
            Shape out = rule(axes, op, kernel, stride, padding).apply(s);
            return all.transpose(1, 2)
                    .reshape(Shape.of(all.shape().dim(0), all.shape().dim(2)).concat(out));
        });
        return windows(axes, op, kernel, stride, padding, true, f, form);
    }

    /** The mean of each window along the last one or two axes. */
    static Layer means(
            int axes,
            String op,
            int kernel,
            int stride,
            int padding,
            boolean countIncludePad,
            UnaryOperator<Tensor> f) {
        Form form = new Form.Affine(f, axes == 2 ? kernel * kernel : kernel);
        return windows(axes, op, kernel, stride, padding, countIncludePad, f, form);
    }

    private static Layer windows(
            int axes,
            String op,
            int kernel,
            int stride,
            int padding,
            boolean countIncludePad,
            UnaryOperator<Tensor> f,
            Form form) {
        String name = stride == kernel && padding == 0 && countIncludePad
                ? "%s(%d)".formatted(op, kernel)
                : "%s(%d, %d, %d%s)".formatted(op, kernel, stride, padding, countIncludePad ? "" : ", false");
        if (kernel < 1 || stride < 1 || padding < 0 || 2 * padding > kernel)
            throw SteepestException.of(
                    "%s: kernel and stride must be at least 1, padding from 0 to half the kernel", name);
        return new Layers.Function(name, rule(axes, name, kernel, stride, padding), f, form);
    }

    private static UnaryOperator<Shape> rule(int axes, String name, int kernel, int stride, int padding) {
        return s -> {
            Window window = new Window(kernel, kernel, stride, stride, 1, 1);
            if (s.rank() != axes + 1)
                throw SteepestException.of("%s: expected samples [C,%s], got %s", name, axes == 1 ? "L" : "H,W", s);
            Shape pooled = s;
            for (int a = 1; a <= axes; a++) {
                int side = s.dim(a) + 2 * padding;
                if (side < kernel) throw SteepestException.of("%s: its window does not fit into samples %s", name, s);
                pooled = pooled.with(a, window.outH(side));
            }
            return pooled;
        };
    }

    /** Pooling over all but the channels. */
    static Layer global(String name, UnaryOperator<Tensor> f, Form form) {
        UnaryOperator<Shape> rule = s -> {
            if (s.rank() < 2 || s.slice(1, s.rank()).size() == 0)
                throw SteepestException.of("%s: expected samples [C,L] or [C,H,W] that are not empty, got %s", name, s);
            return s.slice(0, 1);
        };
        return new Layers.Function(name, rule, f, form);
    }

    /** Pooling of images into so many bins. */
    static Layer adaptive(String op, int rows, int columns, UnaryOperator<Tensor> f, Form form) {
        String name = "%s(%d, %d)".formatted(op, rows, columns);
        if (rows < 1 || columns < 1) throw SteepestException.of("%s: takes at least one row and column", name);
        UnaryOperator<Shape> rule = s -> {
            if (s.rank() != 3 || s.dim(1) == 0 || s.dim(2) == 0)
                throw SteepestException.of("%s: expected samples [C,H,W] that are not empty, got %s", name, s);
            return Shape.of(s.dim(0), rows, columns);
        };
        return new Layers.Function(name, rule, f, form);
    }
}
