package steepest.certify;

import java.util.ArrayList;
import java.util.List;
import steepest.DType;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Form;
import steepest.nn.Layer;
import steepest.nn.Sequential;

/**
 * Bounds on what a network computes in evaluation, as graphs: batched, on any device, differentiable. For networks of
 * affine layers (dense, convolutions, average pooling, flatten), rectifiers and max-pooling.
 *
 * <p>Sound bounds hold in spite of rounding: they are widened by the a-priori error of every sum, in whatever order it is
 * computed, both of the bounds themselves and of the network that they bound. So they hold for the network in exact
 * arithmetic and for any evaluation of it in single precision. Bounds for training are not widened.
 */
public final class Bounds {
    /** Inputs of more rectifiers than these are bounded by intervals alone: linear bounds take a row for each. */
    public static final int AFFORDABLE = 4096;
    /** Keeps what rows take within tens of megabytes for each tensor. */
    private static final long ROOM = 1 << 22;

    private final List<Layer> layers = new ArrayList<>();
    private final Method method;
    private final boolean sound;
    private final long room;
    /** Behind the last layer that is not affine: there a margin is an affine function still. */
    private final int tail;

    /** @param room how many elements of rows are pulled back side by side */
    Bounds(Sequential net, Method method, boolean sound, long room) {
        this.method = method;
        this.sound = sound;
        this.room = room;
        collect(net);
        int last = layers.size();
        while (last > 0 && isAffine(last - 1)) last--;
        tail = last;
    }

    /** @throws SteepestException naming the layer, if there is one that cannot be bounded */
    public static Bounds sound(Sequential net, Method method) {
        return new Bounds(net, method, true, ROOM);
    }

    /** Intervals without regard to rounding, to be differentiated. @throws SteepestException as {@link #sound} */
    public static Bounds training(Sequential net) {
        return new Bounds(net, Method.IBP, false, ROOM);
    }

    private void collect(Sequential net) {
        for (Layer layer : net.layers()) {
            if (layer instanceof Sequential inner) collect(inner);
            else if (layer.form() instanceof Form.Other)
                throw SteepestException.of(
                        "%s: expected a network of dense, convolution, relu, pooling and flatten layers, which can be"
                                + " bounded; this one cannot",
                        layer);
            else layers.add(layer);
        }
    }

    private boolean isAffine(int layer) {
        return layers.get(layer).form() instanceof Form.Affine;
    }

    /**
     * The least that each sample's logits can differ, z_y − z_j, on the L∞ ball cut with the domain: {@code [B, K]}; 0
     * (below it by what rounding may do) for j = y.
     *
     * @param x {@code [B, …]}
     * @param y classes, I32 {@code [B]}
     * @param epsilon F32 scalar
     */
    public Tensor margins(Tensor x, Tensor y, Tensor epsilon, Dataset.Domain domain) {
        return margins(ball(x, epsilon, domain), y);
    }

    private Box ball(Tensor x, Tensor epsilon, Dataset.Domain domain) {
        Box ball = Box.ball(x, epsilon, domain);
        // what the rounding of its own ends may have taken
        return sound ? ball.grown(ball.magnitude().mul(2 * Rounding.UNIT)).cut(domain) : ball;
    }

    /** As {@link #margins(Tensor, Tensor, Tensor, Dataset.Domain)}, on a box. */
    public Tensor margins(Box input, Tensor y) {
        List<Box> boxes = boxes(input, Math.max(tail, layers.size() - 1));
        Shape z = input.low().shape().slice(1, input.low().shape().rank());
        for (Layer layer : layers) z = layer.output(z);
        if (z.rank() != 1) throw SteepestException.of("bounds: expected logits [K] for each sample, got %s", z);
        int k = z.dim(0);
        Tensor each = Tensor.iota(k).oneHot(k).cast(DType.F32);
        Tensor own = y.oneHot(k).cast(DType.F32);
        Rows rows = new Rows(own.unsqueeze(1).sub(each.unsqueeze(0)), Tensor.zeros(1, k), sound);
        // with the last affine layers folded in: a margin is less than the difference of its logits' bounds
        for (int i = layers.size() - 1; i >= tail; i--) rows = rows.through(layers.get(i), boxes.get(i));
        Tensor least = rows.least(boxes.get(tail));
        return method == Method.IBP ? least : least.maximum(back(rows, tail, boxes));
    }

    /** Bounds of each layer's input, and of the logits last. */
    public List<Box> boxes(Box input) {
        return boxes(input, layers.size());
    }

    private List<Box> boxes(Box input, int upTo) {
        List<Box> boxes = new ArrayList<>(List.of(input));
        for (int i = 0; i < upTo; i++) {
            Box next = interval(layers.get(i), boxes.get(i));
            if (isWorthRows(i, next.low().shape().slice(1, next.low().shape().rank())))
                next = next.meet(linear(i + 1, next.low().shape(), boxes));
            boxes.add(next);
        }
        return boxes;
    }

    /** How many rows are pulled back for a sample, those of the margins among them: about a gradient each. */
    public long rows(Shape sample) {
        long rows = 0;
        for (int i = 0; i < layers.size(); i++) {
            sample = layers.get(i).output(sample);
            if (i < layers.size() - 1 && isWorthRows(i, sample)) rows += 2 * sample.size();
        }
        return method == Method.IBP ? 0 : rows + sample.size();
    }

    /** Whether linear bounds of what comes out of a layer may be closer than intervals, and are affordable. */
    private boolean isWorthRows(int layer, Shape sample) {
        if (method != Method.CROWN || !isAffine(layer) || layer + 1 < layers.size() && isAffine(layer + 1))
            return false;
        // of a box, one affine layer makes what intervals say
        boolean deep = false;
        for (int i = 0; i < layer; i++)
            deep |= !isAffine(i) || !layers.get(i).params().isEmpty();
        return deep && sample.size() <= AFFORDABLE;
    }

    /** All elements of the input of layer {@code at}, {@code [B, …]}, a few at a time. */
    private Box linear(int at, Shape shape, List<Box> boxes) {
        Shape sample = shape.slice(1, shape.rank());
        int n = sample.intSize();
        long widest = boxes.stream().mapToLong(b -> b.low().size()).max().orElseThrow();
        int step = (int) Math.max(1, Math.min(n, room / (2 * widest)));
        List<Tensor> low = new ArrayList<>();
        List<Tensor> high = new ArrayList<>();
        for (int from = 0; from < n; from += step) {
            int to = Math.min(n, from + step);
            Tensor least = back(Rows.elements(sample, from, to, sound), at, boxes);
            low.add(least.slice(1, 0, to - from));
            high.add(least.slice(1, to - from, 2 * (to - from)).neg());
        }
        return new Box(
                Tensor.concat(1, low).reshape(shape), Tensor.concat(1, high).reshape(shape));
    }

    /** The least of rows over the input of layer {@code at}, pulled back to the input of the network. */
    private Tensor back(Rows rows, int at, List<Box> boxes) {
        for (int i = at - 1; i >= 0; i--) rows = rows.through(layers.get(i), boxes.get(i));
        return rows.least(boxes.get(0));
    }

    private Box interval(Layer layer, Box box) {
        // what rises with each of its inputs has its bounds at theirs
        if (!(layer.form() instanceof Form.Affine f) || f.terms() == 0)
            return new Box(layer.apply(box.low()), layer.apply(box.high()));
        Tensor center = box.center();
        Tensor middle = layer.apply(center);
        if (!sound)
            return new Box(middle, middle).grown(f.spread().apply(box.high().sub(center)));
        Shape s = box.low().shape();
        Tensor bias = layer.apply(Tensor.zeros(s.with(0, 1).dims()));
        // of middle, of the spread, and of the network itself
        int sample = Math.max(s.slice(1, s.rank()).intSize(), bias.shape().intSize());
        double error = 3 * Rounding.gamma(Math.min(f.terms(), sample));
        Tensor radius = box.high().sub(center).maximum(center.sub(box.low())).mul(1 + 4 * Rounding.UNIT);
        Tensor spread = f.spread().apply(radius.add(box.magnitude().mul(error)));
        return new Box(middle, middle).grown(spread.add(bias.abs().mul(error)));
    }
}
