package steepest.attack;

import steepest.Tensor;

/** The nearest point of a hyperplane within a box. */
final class Hyperplane {
    /** Each Newton step saturates at least one more pixel; mostly a handful of them meet the root. */
    private static final int STEPS = 15;

    private Hyperplane() {}

    /**
     * The least d, in the norm, with w·d = rise and x + d in the box: dᵢ = sign · min(τ uᵢ, roomᵢ), u being 1 for L∞ and |w|
     * for L2; where the box ends before the plane, about the corner nearest to it (Croce and Hein, "Minimally distorted
     * adversarial examples with a fast adaptive boundary attack", ICML 2020, section 2.3). How far w·d has risen is a
     * concave, piecewise linear function of τ, so that Newton's method climbs from 0 to its root without overshooting.
     *
     * @param x {@code [B, …]}, as w
     * @param rise {@code [B]}, of either sign
     */
    static Tensor reach(Norm norm, Tensor x, Tensor w, Tensor rise, double low, double high) {
        Tensor flatX = x.flatten(1);
        Tensor v = w.flatten(1).mul(rise.sign().unsqueeze(1));
        Tensor size = v.abs();
        // of unit size, or the squares of small gradients vanish
        Tensor top = size.maxKeep(1).maximum(Norm.TINY);
        size = size.div(top);
        Tensor wanted = rise.abs().unsqueeze(1).div(top);
        Tensor room = Tensor.where(v.gt(0), flatX.neg().add(high), flatX.sub(low));
        Tensor unit = norm == Norm.L2 ? size : size.gt(0).cast(size.dtype());
        Tensor tau = wanted.mul(0);
        for (int i = 0; i < STEPS; i++) {
            Tensor moved = unit.mul(tau).minimum(room);
            Tensor risen = moved.mul(size).sumKeep(1);
            Tensor slope = Tensor.where(unit.mul(tau).lt(room), unit.mul(size), size.mul(0))
                    .sumKeep(1);
            Tensor more = wanted.sub(risen).maximum(0).div(slope.maximum(1e-20));
            tau = tau.add(Tensor.where(slope.gt(1e-20), more, more.mul(0)));
        }
        return unit.mul(tau).minimum(room).mul(v.sign()).reshape(x.shape());
    }
}
