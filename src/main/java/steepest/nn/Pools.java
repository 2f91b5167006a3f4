package steepest.nn;

import java.util.function.UnaryOperator;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Window;

/** The pooling layers' names and rules for shapes. */
final class Pools {
    private Pools() {}

    /** Pooling over windows along the last one or two axes. */
    static Layer windows(
            int axes,
            String op,
            int kernel,
            int stride,
            int padding,
            boolean countIncludePad,
            UnaryOperator<Tensor> f) {
        String name = stride == kernel && padding == 0 && countIncludePad
                ? "%s(%d)".formatted(op, kernel)
                : "%s(%d, %d, %d%s)".formatted(op, kernel, stride, padding, countIncludePad ? "" : ", false");
        if (kernel < 1 || stride < 1 || padding < 0 || 2 * padding > kernel)
            throw SteepestException.of(
                    "%s: kernel and stride must be at least 1, padding from 0 to half the kernel", name);
        Window window = new Window(kernel, kernel, stride, stride, 1, 1);
        UnaryOperator<Shape> rule = s -> {
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
        return new Layers.Function(name, rule, f);
    }

    /** Pooling over all but the channels. */
    static Layer global(String name, UnaryOperator<Tensor> f) {
        UnaryOperator<Shape> rule = s -> {
            if (s.rank() < 2 || s.slice(1, s.rank()).size() == 0)
                throw SteepestException.of("%s: expected samples [C,L] or [C,H,W] that are not empty, got %s", name, s);
            return s.slice(0, 1);
        };
        return new Layers.Function(name, rule, f);
    }

    /** Pooling of images into so many bins. */
    static Layer adaptive(String op, int rows, int columns, UnaryOperator<Tensor> f) {
        String name = "%s(%d, %d)".formatted(op, rows, columns);
        if (rows < 1 || columns < 1) throw SteepestException.of("%s: takes at least one row and column", name);
        UnaryOperator<Shape> rule = s -> {
            if (s.rank() != 3 || s.dim(1) == 0 || s.dim(2) == 0)
                throw SteepestException.of("%s: expected samples [C,H,W] that are not empty, got %s", name, s);
            return Shape.of(s.dim(0), rows, columns);
        };
        return new Layers.Function(name, rule, f);
    }
}
