package steepest.nn;

import steepest.Caller;
import steepest.DType;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * A vector for each of {@code count} tokens: I32 {@code [N, …] → [N, …, size]}. Weight {@code [count, size]}, standard
 * normal. A token out of range reads zeros. The gradient adds up what a token gets at its places in their order, so it
 * repeats bit for bit. Immutable but for its variables; the methods that change a setting return another layer.
 */
public final class Embedding extends Parametric {
    private static final int NONE = -1;

    private final int count;
    private final int size;
    private final int padding;
    private final Initializer initializer;

    private Embedding(int count, int size, int padding, Initializer initializer) {
        if (count < 1 || size < 1)
            throw SteepestException.of("embedding: sizes must be at least 1, got %d tokens of size %d", count, size);
        this.count = count;
        this.size = size;
        this.padding = padding;
        this.initializer = initializer;
        declareParam("weight", Shape.of(count, size), this::draw);
    }

    static Embedding of(int count, int size) {
        return new Embedding(count, size, NONE, Initializer.normal(1));
    }

    /** The token that fills up short samples: it starts as zeros and gets no gradient. */
    public Embedding padding(int token) {
        if (token < 0 || token >= count)
            throw SteepestException.of("embedding: padding must be a token from 0 to %d, got %d", count - 1, token);
        return new Embedding(count, size, token, initializer);
    }

    /** The layer with another initialisation of its weight. */
    public Embedding weights(Initializer initializer) {
        return new Embedding(count, size, padding, initializer);
    }

    private HostArray draw(Shape shape, Rng rng) {
        HostArray w = initializer.draw(shape, rng);
        if (padding != NONE) for (int i = 0; i < size; i++) w.set(padding * size + i, 0);
        return w;
    }

    @Override
    public String name() {
        return "embedding(%d, %d)".formatted(count, size) + (padding == NONE ? "" : ".padding(" + padding + ")");
    }

    @Override
    public Shape output(Shape sample) {
        return sample.concat(Shape.of(size));
    }

    @Override
    public Tensor apply(Tensor x) {
        check(x);
        if (x.dtype() != DType.I32) throw Caller.locate(misfit("tokens i32[N,…]", x.spec()));
        Tensor flat = x.reshape(x.shape().intSize());
        Tensor rows = read("weight").take(0, flat);
        if (padding != NONE) {
            Tensor fixed = flat.eq(padding).unsqueeze(1);
            rows = Tensor.where(fixed, rows.detach(), rows);
        }
        return rows.reshape(x.shape().concat(Shape.of(size)));
    }
}
