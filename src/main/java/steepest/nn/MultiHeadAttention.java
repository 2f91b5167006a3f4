package steepest.nn;

import java.util.List;
import steepest.Caller;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.Attention;
import steepest.fused.Unstack;

/**
 * Multi-head attention (Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.2.2) over sequences {@code [N,
 * T, size]}, whose parts of {@code size / heads} attend by themselves. As a layer, a sequence attends to itself.
 *
 * <p>Variables are PyTorch's: in_proj_weight {@code [3·size, size]} (queries, keys, values, Glorot-uniform),
 * in_proj_bias {@code [3·size]}, out_proj.weight {@code [size, size]} (uniform between ±1/√size), out_proj.bias {@code
 * [size]}. Immutable but for its variables; the methods that change a setting return another layer.
 */
public final class MultiHeadAttention extends Parametric {
    private final int size;
    private final int heads;
    private final boolean causal;
    private final boolean biased;

    private MultiHeadAttention(int size, int heads, boolean causal, boolean biased) {
        if (size < 1 || heads < 1 || size % heads != 0)
            throw SteepestException.of(
                    "multiHeadAttention: size %d must be at least 1 and divisible by %d heads", size, heads);
        this.size = size;
        this.heads = heads;
        this.causal = causal;
        this.biased = biased;
        declareParam("in_proj_weight", Shape.of(3 * size, size), Initializer.glorotUniform());
        if (biased) declareParam("in_proj_bias", Shape.of(3 * size), Initializer.zeros());
        declareParam("out_proj.weight", Shape.of(size, size), Initializer.uniform(1 / StrictMath.sqrt(size)));
        if (biased) declareParam("out_proj.bias", Shape.of(size), Initializer.zeros());
    }

    static MultiHeadAttention of(int size, int heads) {
        return new MultiHeadAttention(size, heads, false, true);
    }

    /** Each element attends to itself and to those before it only. */
    public MultiHeadAttention causal() {
        return new MultiHeadAttention(size, heads, true, biased);
    }

    public MultiHeadAttention noBias() {
        return new MultiHeadAttention(size, heads, causal, false);
    }

    @Override
    public String name() {
        return "multiHeadAttention(%d, %d)".formatted(size, heads) + (causal ? ".causal()" : "");
    }

    @Override
    public Shape output(Shape sample) {
        if (sample.rank() != 2 || sample.dim(1) != size) throw misfit("samples [T,%d]".formatted(size), sample);
        return sample;
    }

    /** Self-attention: queries, keys and values are of {@code x} {@code [N, T, size]}. */
    @Override
    public Tensor apply(Tensor x) {
        check(x);
        Tensor all = project(x, 0, 3).reshape(x.shape().dim(0), x.shape().dim(1), 3, heads, size / heads);
        List<Tensor> qkv = Unstack.unstack(all.permute(2, 0, 3, 1, 4));
        return merge(Attention.attention(qkv.get(0), qkv.get(1), qkv.get(2), causal));
    }

    /**
     * Attention of queries {@code [N, T, size]} to keys and values {@code [N, S, size]}: {@code [N, T, size]}.
     *
     * @param mask which keys a query sees, BOOL, broadcast to {@code [N, heads, T, S]}; null for all (of a causal layer: all
     *     up to its own place)
     * @throws SteepestException if a shape does not fit, or a causal layer is given a mask
     */
    public Tensor attend(Tensor queries, Tensor keys, Tensor values, Tensor mask) {
        for (Tensor t : List.of(queries, keys, values)) check(t);
        if (causal && mask != null) throw Caller.locate(misfit("no mask in a causal layer", mask.spec()));
        Tensor q = split(project(queries, 0, 1));
        Tensor k = split(project(keys, 1, 2));
        Tensor v = split(project(values, 2, 3));
        try {
            return merge(mask == null ? Attention.attention(q, k, v, causal) : Attention.attention(q, k, v, mask));
        } catch (SteepestException e) {
            throw Caller.locate(e);
        }
    }

    /** The input projections {@code from} to before {@code to} of queries (0), keys (1) and values (2). */
    private Tensor project(Tensor x, int from, int to) {
        Tensor y =
                x.matmul(read("in_proj_weight").slice(0, from * size, to * size).t());
        return biased ? y.add(read("in_proj_bias").slice(0, from * size, to * size)) : y;
    }

    /** {@code [N, T, size]} as {@code [N, heads, T, size / heads]}. */
    private Tensor split(Tensor x) {
        return x.reshape(x.shape().dim(0), x.shape().dim(1), heads, size / heads)
                .transpose(1, 2);
    }

    private Tensor merge(Tensor perHead) {
        Tensor y = perHead.transpose(1, 2);
        Tensor joined = y.reshape(y.shape().dim(0), y.shape().dim(1), size);
        Tensor out = joined.matmul(read("out_proj.weight").t());
        return biased ? out.add(read("out_proj.bias")) : out;
    }
}
