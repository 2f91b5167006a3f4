package steepest.nn;

import java.util.function.UnaryOperator;
import steepest.Caller;
import steepest.Pass;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.Pool2d;
import steepest.op.Window;

/** The layers, to be imported statically: {@code Sequential.of(flatten(), dense(784, 128), relu(), dense(128, 10))}. */
public final class Layers {
    private Layers() {}

    // ---- with weights ----

    /** Fully connected, with bias, He-normal weights: see {@link Dense}. */
    public static Dense dense(int in, int out) {
        return Dense.of(in, out);
    }

    /** Convolution with a square kernel, stride 1, no padding, with bias, He-normal weights: see {@link Conv2d}. */
    public static Conv2d conv2d(int in, int out, int kernel) {
        return Conv2d.of(in, out, kernel, kernel);
    }

    /** Convolution with a kernel of {@code kh} rows and {@code kw} columns. */
    public static Conv2d conv2d(int in, int out, int kh, int kw) {
        return Conv2d.of(in, out, kh, kw);
    }

    // ---- shape ----

    /** All of a sample in one axis: {@code [N, C, H, W] → [N, C·H·W]}. */
    public static Layer flatten() {
        return new Function("flatten()", s -> Shape.of(s.intSize()), x -> x.flatten(1));
    }

    /** The largest of each window of {@code kernel × kernel} pixels, windows side by side. */
    public static Layer maxPool2d(int kernel) {
        return maxPool2d(kernel, kernel, 0);
    }

    /** The largest of each window; padding counts as −∞. */
    public static Layer maxPool2d(int kernel, int stride, int padding) {
        return pool("maxPool2d", kernel, stride, padding, x -> Pool2d.maxPool2d(x, kernel, stride, padding));
    }

    /** The mean of each window of {@code kernel × kernel} pixels, windows side by side. */
    public static Layer avgPool2d(int kernel) {
        return avgPool2d(kernel, kernel, 0);
    }

    /** The mean of each window; padding counts as zeros. */
    public static Layer avgPool2d(int kernel, int stride, int padding) {
        return pool("avgPool2d", kernel, stride, padding, x -> Pool2d.avgPool2d(x, kernel, stride, padding));
    }

    private static Layer pool(String op, int kernel, int stride, int padding, UnaryOperator<Tensor> f) {
        String name = stride == kernel && padding == 0
                ? "%s(%d)".formatted(op, kernel)
                : "%s(%d, %d, %d)".formatted(op, kernel, stride, padding);
        if (kernel < 1 || stride < 1 || padding < 0 || 2 * padding > kernel)
            throw SteepestException.of(
                    "%s: kernel and stride must be at least 1, padding from 0 to half the kernel", name);
        Window window = new Window(kernel, kernel, stride, stride, 1, 1);
        UnaryOperator<Shape> rule = s -> {
            if (s.rank() != 3) throw SteepestException.of("%s: expected samples [C,H,W], got %s", name, s);
            int h = s.dim(1) + 2 * padding;
            int w = s.dim(2) + 2 * padding;
            if (h < kernel || w < kernel)
                throw SteepestException.of("%s: its window does not fit into samples %s", name, s);
            return Shape.of(s.dim(0), window.outH(h), window.outW(w));
        };
        return new Function(name, rule, f);
    }

    // ---- activations ----

    /** max(x, 0). */
    public static Layer relu() {
        return activation("relu()", Tensor::relu);
    }

    /** x where positive, else 0.01 x. */
    public static Layer leakyRelu() {
        return leakyRelu(0.01);
    }

    /** x where positive, else slope · x. */
    public static Layer leakyRelu(double slope) {
        return activation("leakyRelu(" + slope + ")", x -> x.leakyRelu(slope));
    }

    /** x where positive, else eˣ − 1. */
    public static Layer elu() {
        return elu(1);
    }

    /** x where positive, else α (eˣ − 1). */
    public static Layer elu(double alpha) {
        return activation("elu(" + alpha + ")", x -> x.elu(alpha));
    }

    /** x Φ(x). */
    public static Layer gelu() {
        return activation("gelu()", Tensor::gelu);
    }

    /** x σ(x). */
    public static Layer silu() {
        return activation("silu()", Tensor::silu);
    }

    /** x tanh(softplus(x)). */
    public static Layer mish() {
        return activation("mish()", Tensor::mish);
    }

    /** 1 / (1 + e⁻ˣ). */
    public static Layer sigmoid() {
        return activation("sigmoid()", Tensor::sigmoid);
    }

    public static Layer tanh() {
        return activation("tanh()", Tensor::tanh);
    }

    /** log(1 + eˣ). */
    public static Layer softplus() {
        return activation("softplus()", Tensor::softplus);
    }

    // ---- the transfer functions of Hagan, Demuth and Beale, "Neural Network Design" ----

    /** Hard limit: 1 where x ≥ 0, else 0. No gradient flows. */
    public static Layer hardlim() {
        return activation("hardlim()", Tensor::hardlim);
    }

    /** Symmetrical hard limit: 1 where x ≥ 0, else −1. No gradient flows. */
    public static Layer hardlims() {
        return activation("hardlims()", Tensor::hardlims);
    }

    /** Linear: x. */
    public static Layer purelin() {
        return activation("purelin()", Tensor::purelin);
    }

    /** Saturating linear: x limited to [0, 1]. */
    public static Layer satlin() {
        return activation("satlin()", Tensor::satlin);
    }

    /** Symmetrical saturating linear: x limited to [−1, 1]. */
    public static Layer satlins() {
        return activation("satlins()", Tensor::satlins);
    }

    /** Log-sigmoid: 1 / (1 + e⁻ˣ). */
    public static Layer logsig() {
        return activation("logsig()", Tensor::logsig);
    }

    /** Hyperbolic tangent sigmoid. */
    public static Layer tansig() {
        return activation("tansig()", Tensor::tansig);
    }

    /** Positive linear: max(x, 0). */
    public static Layer poslin() {
        return activation("poslin()", Tensor::poslin);
    }

    /** Competitive: 1 at the largest along axis 1 (units or channels), else 0. No gradient flows. */
    public static Layer compet() {
        return activation("compet()", x -> x.compet(1));
    }

    /** A function of the user's that keeps the shape, as a layer. */
    public static Layer activation(String name, UnaryOperator<Tensor> f) {
        return new Function(name, UnaryOperator.identity(), f);
    }

    // ---- regularisation ----

    /**
     * Dropout (Srivastava et al., JMLR 2014): in training each element is 0 with probability p, and what is left is
     * divided by 1 − p, so that evaluation needs no change ("inverted" dropout).
     *
     * @throws SteepestException if p is not in [0, 1)
     */
    public static Layer dropout(double p) {
        if (!(p >= 0 && p < 1)) throw SteepestException.of("dropout: expected a probability in [0, 1), got %s", p);
        return new Dropout(p);
    }

    private record Dropout(double p) implements Layer {
        @Override
        public String name() {
            return "dropout(" + p + ")";
        }

        @Override
        public Shape output(Shape sample) {
            return sample;
        }

        @Override
        public Tensor apply(Tensor x) {
            return x;
        }

        @Override
        public Tensor apply(Tensor x, Pass pass) {
            if (p == 0) return x;
            Tensor kept = pass.rng().uniform(x.shape()).ge(p).cast(x.dtype());
            return x.mul(kept).mul(1 / (1 - p));
        }
    }

    /** A layer without weights: its rule for the shape of samples, and what it does to a batch. */
    private record Function(String name, UnaryOperator<Shape> rule, UnaryOperator<Tensor> f) implements Layer {
        @Override
        public Shape output(Shape sample) {
            return rule.apply(sample);
        }

        @Override
        public Tensor apply(Tensor x) {
            if (x.shape().rank() == 0)
                throw Caller.locate(SteepestException.of("%s: expected a batch [N,…], got %s", name, x.spec()));
            try {
                output(x.shape().slice(1, x.shape().rank()));
            } catch (SteepestException e) {
                throw Caller.locate(e);
            }
            return f.apply(x);
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
