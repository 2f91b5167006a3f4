package steepest.fused;

import java.util.List;
import steepest.DType;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * Scaled dot-product attention (Vaswani et al., "Attention is all you need", NeurIPS 2017, eq. 1): queries {@code [B…, T,
 * D]}, keys {@code [B…, S, D]} and values {@code [B…, S, E]} give {@code [B…, T, E]}, {@code softmax(Q Kᵀ / √D) V}. An
 * optional fourth input, BOOL {@code [B…, T, S]}, says which keys a query sees; one that sees none gets NaN.
 *
 * @param causal whether query t sees keys 0 … t only
 */
public record Attention(boolean causal) implements Fused {
    /** Attention of all queries to all keys, or to those before them. */
    public static Tensor attention(Tensor queries, Tensor keys, Tensor values, boolean causal) {
        return Tensor.apply(new Attention(causal), queries, keys, values);
    }

    /** Attention of each query to the keys where the mask, BOOL, broadcast to {@code [B…, T, S]}, is true. */
    public static Tensor attention(Tensor queries, Tensor keys, Tensor values, Tensor mask) {
        check(queries.shape(), keys.shape(), values.shape());
        Shape scores = scores(queries.shape(), keys.shape());
        if (mask.dtype() != DType.BOOL
                || !Shape.broadcast("attention", mask.shape(), scores).equals(scores))
            throw SteepestException.of("attention: the mask must broadcast to bool%s, got %s", scores, mask.spec());
        return Tensor.apply(new Attention(false), queries, keys, values, mask.broadcastTo(scores));
    }

    private static void check(Shape q, Shape k, Shape v) {
        int r = q.rank();
        if (r < 2
                || k.rank() != r
                || v.rank() != r
                || q.dim(-1) != k.dim(-1)
                || k.dim(-2) != v.dim(-2)
                || !q.slice(0, r - 2).equals(k.slice(0, r - 2))
                || !q.slice(0, r - 2).equals(v.slice(0, r - 2)))
            throw SteepestException.of(
                    "attention: takes queries [B…,T,D], keys [B…,S,D] and values [B…,S,E], got %s, %s and %s", q, k, v);
    }

    private static Shape scores(Shape q, Shape k) {
        return q.with(-1, k.dim(-2));
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor q = in.get(0);
        check(q.shape(), in.get(1).shape(), in.get(2).shape());
        int t = q.shape().dim(-2);
        int s = in.get(1).shape().dim(-2);
        // scaling the queries is less work than scaling the scores
        Tensor scale = Tensor.literal(1 / Math.sqrt(q.shape().dim(-1)), q.dtype());
        Tensor scores = q.mul(scale).matmul(in.get(1).transpose(-1, -2));
        Tensor hidden = Tensor.literal(Double.NEGATIVE_INFINITY, q.dtype());
        if (causal) scores = Tensor.where(Tensor.iota(s).le(Tensor.iota(t).unsqueeze(1)), scores, hidden);
        if (in.size() > 3) scores = Tensor.where(in.get(3), scores, hidden);
        return List.of(scores.softmax(-1).matmul(in.get(2)));
    }
}
