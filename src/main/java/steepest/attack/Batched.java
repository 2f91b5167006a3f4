package steepest.attack;

import java.util.Arrays;
import steepest.Shape;
import steepest.Tensor;

/** What attacks say of each sample of a batch, {@code [B, …]}, by itself. */
final class Batched {
    private Batched() {}

    /** A value for each sample, {@code [B]}, as {@code [B, 1, …, 1]} of like's rank, to broadcast with it. */
    static Tensor column(Tensor each, Tensor like) {
        int[] d = new int[like.shape().rank()];
        Arrays.fill(d, 1);
        d[0] = like.shape().dim(0);
        return each.reshape(Shape.of(d));
    }

    /** {@code condition ? a : b} with a condition for each sample; a and b of one shape {@code [B, …]}. */
    static Tensor choose(Tensor condition, Tensor a, Tensor b) {
        return Tensor.where(column(condition, a), a, b);
    }

    /** The sum of each sample's elements, {@code [B]}. */
    static Tensor sum(Tensor t) {
        return t.shape().rank() == 1 ? t : t.flatten(1).sum(1);
    }

    /** The largest of each sample's elements, {@code [B]}. */
    static Tensor max(Tensor t) {
        return t.shape().rank() == 1 ? t : t.flatten(1).max(1);
    }

    /** Each sample times its own factor, {@code [B]}. */
    static Tensor scale(Tensor t, Tensor factor) {
        return t.mul(column(factor, t));
    }

    /** A constant for each sample, {@code [B]}, as many as {@code like} has. */
    static Tensor full(double value, Tensor like) {
        return Tensor.full(value, like.shape().dim(0));
    }
}
