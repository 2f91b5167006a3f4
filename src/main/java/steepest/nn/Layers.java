package steepest.nn;

import java.util.function.UnaryOperator;
import steepest.Caller;
import steepest.Pass;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.Pool2d;
import steepest.fused.Pooling;
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

    /** Convolution along one axis, stride 1, no padding, with bias, He-normal weights: see {@link Conv1d}. */
    public static Conv1d conv1d(int in, int out, int kernel) {
        return Conv1d.of(in, out, kernel);
    }

    /** Transposed convolution with a square kernel, stride 1, no padding, with bias: see {@link ConvTranspose2d}. */
    public static ConvTranspose2d convTranspose2d(int in, int out, int kernel) {
        return ConvTranspose2d.of(in, out, kernel, kernel);
    }

    /** Transposed convolution with a kernel of {@code kh} rows and {@code kw} columns. */
    public static ConvTranspose2d convTranspose2d(int in, int out, int kh, int kw) {
        return ConvTranspose2d.of(in, out, kh, kw);
    }

    /** A vector of {@code size} for each of {@code count} tokens: see {@link Embedding}. */
    public static Embedding embedding(int count, int size) {
        return Embedding.of(count, size);
    }

    /** Elman's recurrent network with tanh, over samples {@code [T, in]}: see {@link Recurrent}. */
    public static Recurrent rnn(int in, int hidden) {
        return Recurrent.rnn(in, hidden);
    }

    /** Long short-term memory over samples {@code [T, in]}: see {@link Recurrent}. */
    public static Recurrent lstm(int in, int hidden) {
        return Recurrent.lstm(in, hidden);
    }

    /** Gated recurrent units over samples {@code [T, in]}: see {@link Recurrent}. */
    public static Recurrent gru(int in, int hidden) {
        return Recurrent.gru(in, hidden);
    }

    /** Self-attention over samples {@code [T, size]}: see {@link MultiHeadAttention}. */
    public static MultiHeadAttention multiHeadAttention(int size, int heads) {
        return MultiHeadAttention.of(size, heads);
    }

    // ---- normalisation ----

    /** Batch normalisation of samples {@code [C]} or {@code [C, L]}: see {@link BatchNorm}. */
    public static BatchNorm batchNorm1d(int channels) {
        return BatchNorm.of(1, channels);
    }

    /** Batch normalisation of samples {@code [C, H, W]}: see {@link BatchNorm}. */
    public static BatchNorm batchNorm2d(int channels) {
        return BatchNorm.of(2, channels);
    }

    /** Normalisation over the last axes, which have these sizes: see {@link LayerNorm}. */
    public static LayerNorm layerNorm(int... sizes) {
        return LayerNorm.of(sizes);
    }

    /** Normalisation by the root mean square over the last axes, which have these sizes: see {@link LayerNorm}. */
    public static LayerNorm rmsNorm(int... sizes) {
        return LayerNorm.rms(sizes);
    }

    /** Normalisation of groups of channels: see {@link GroupNorm}. */
    public static GroupNorm groupNorm(int groups, int channels) {
        return GroupNorm.of(groups, channels);
    }

    /** Normalisation of each channel of samples {@code [C, L]}, without weights unless {@code affine()}. */
    public static GroupNorm instanceNorm1d(int channels) {
        return GroupNorm.instance(1, channels);
    }

    /** Normalisation of each channel of samples {@code [C, H, W]}, without weights unless {@code affine()}. */
    public static GroupNorm instanceNorm2d(int channels) {
        return GroupNorm.instance(2, channels);
    }

    // ---- shape ----

    /** All of a sample in one axis: {@code [N, C, H, W] → [N, C·H·W]}. */
    public static Layer flatten() {
        UnaryOperator<Tensor> f = x -> x.flatten(1);
        return new Function("flatten()", s -> Shape.of(s.intSize()), f, Form.Affine.move(f));
    }

    /** All of a sample's steps but the last left out: {@code [N, T, …] → [N, …]}. */
    public static Layer lastStep() {
        UnaryOperator<Shape> rule = s -> {
            if (s.rank() == 0 || s.dim(0) == 0)
                throw SteepestException.of("lastStep(): expected samples [T,...] of at least one step, got %s", s);
            return s.without(0);
        };
        return new Function("lastStep()", rule, x -> x.select(1, -1));
    }

    // ---- pooling ----

    /** The largest of each window of {@code kernel × kernel} pixels, windows side by side. */
    public static Layer maxPool2d(int kernel) {
        return maxPool2d(kernel, kernel, 0);
    }

    /** The largest of each window; padding counts as −∞. */
    public static Layer maxPool2d(int kernel, int stride, int padding) {
        return Pools.maxima(2, "maxPool2d", kernel, stride, padding, x -> Pool2d.maxPool2d(x, kernel, stride, padding));
    }

    /** The mean of each window of {@code kernel × kernel} pixels, windows side by side. */
    public static Layer avgPool2d(int kernel) {
        return avgPool2d(kernel, kernel, 0);
    }

    /** The mean of each window; padding counts as zeros. */
    public static Layer avgPool2d(int kernel, int stride, int padding) {
        return avgPool2d(kernel, stride, padding, true);
    }

    /** The mean of each window; the zeros of the padding count as elements or do not. */
    public static Layer avgPool2d(int kernel, int stride, int padding, boolean countIncludePad) {
        return Pools.means(2, "avgPool2d", kernel, stride, padding, countIncludePad, x -> {
            Window w = new Window(kernel, kernel, stride, stride, 1, 1);
            return Pooling.avgPool2d(x, w, padding, padding, countIncludePad);
        });
    }

    /** The largest of each window of {@code kernel} elements along samples {@code [C, L]}, windows side by side. */
    public static Layer maxPool1d(int kernel) {
        return maxPool1d(kernel, kernel, 0);
    }

    /** The largest of each window along samples {@code [C, L]}; padding counts as −∞. */
    public static Layer maxPool1d(int kernel, int stride, int padding) {
        return Pools.maxima(
                1, "maxPool1d", kernel, stride, padding, x -> Pooling.maxPool1d(x, kernel, stride, padding));
    }

    /** The mean of each window of {@code kernel} elements along samples {@code [C, L]}, windows side by side. */
    public static Layer avgPool1d(int kernel) {
        return avgPool1d(kernel, kernel, 0, true);
    }

    /** The mean of each window along samples {@code [C, L]}; the zeros of the padding count as elements or do not. */
    public static Layer avgPool1d(int kernel, int stride, int padding, boolean countIncludePad) {
        return Pools.means(
                1,
                "avgPool1d",
                kernel,
                stride,
                padding,
                countIncludePad,
                x -> Pooling.avgPool1d(x, kernel, stride, padding, countIncludePad));
    }

    /** The mean of each channel, {@code [N, C, …] → [N, C]}. */
    public static Layer globalAvgPool() {
        return Pools.global("globalAvgPool()", Pooling::globalAvgPool, Form.Affine.mean(Pooling::globalAvgPool));
    }

    /** The largest of each channel, {@code [N, C, …] → [N, C]}. */
    public static Layer globalMaxPool() {
        Form form = new Form.Max(x -> x.flatten(2).transpose(1, 2));
        return Pools.global("globalMaxPool()", Pooling::globalMaxPool, form);
    }

    /** The mean of each of {@code rows × columns} bins of the image, whatever its size. */
    public static Layer adaptiveAvgPool2d(int rows, int columns) {
        UnaryOperator<Tensor> f = x -> Pooling.adaptiveAvgPool2d(x, rows, columns);
        return Pools.adaptive("adaptiveAvgPool2d", rows, columns, f, Form.Affine.mean(f));
    }

    /** The largest of each of {@code rows × columns} bins of the image, whatever its size. */
    public static Layer adaptiveMaxPool2d(int rows, int columns) {
        UnaryOperator<Tensor> f = x -> Pooling.adaptiveMaxPool2d(x, rows, columns);
        return Pools.adaptive("adaptiveMaxPool2d", rows, columns, f, new Form.Other());
    }

    // ---- activations ----

    /** max(x, 0). */
    public static Layer relu() {
        return activation("relu()", Tensor::relu, new Form.Relu());
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
        return activation("purelin()", Tensor::purelin, Form.Affine.move(Tensor::purelin));
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
        return activation("poslin()", Tensor::poslin, new Form.Relu());
    }

    /** Competitive: 1 at the largest along axis 1 (units or channels), else 0. No gradient flows. */
    public static Layer compet() {
        return activation("compet()", x -> x.compet(1));
    }

    /** A function of the user's that keeps the shape, as a layer. */
    public static Layer activation(String name, UnaryOperator<Tensor> f) {
        return activation(name, f, new Form.Other());
    }

    private static Layer activation(String name, UnaryOperator<Tensor> f, Form form) {
        return new Function(name, UnaryOperator.identity(), f, form);
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
        public Form form() {
            return Form.Affine.move(UnaryOperator.identity());
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
    record Function(String name, UnaryOperator<Shape> rule, UnaryOperator<Tensor> f, Form form) implements Layer {
        Function(String name, UnaryOperator<Shape> rule, UnaryOperator<Tensor> f) {
            this(name, rule, f, new Form.Other());
        }

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
