package steepest.attack;

import steepest.Tensor;

/**
 * A step of Adam (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1) for each sample by
 * itself; tensors {@code [B, …]}.
 *
 * @param move where it goes, for a learning rate of 1 and a gradient to climb
 * @param mean the moving average of the gradients
 * @param square that of their squares
 */
record AdamStep(Tensor move, Tensor mean, Tensor square) {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;

    /** @param turn how many steps there are with this one, {@code [B]} */
    static AdamStep of(Tensor mean, Tensor square, Tensor g, Tensor turn) {
        Tensor m = mean.mul(BETA1).add(g.mul(1 - BETA1));
        Tensor v = square.mul(BETA2).add(g.square().mul(1 - BETA2));
        Tensor size = v.div(weight(BETA2, turn, g)).sqrt().add(1e-8);
        return new AdamStep(m.div(weight(BETA1, turn, g)).div(size), m, v);
    }

    /** 1 − βᵗ: of all gradients in an average that began at 0. */
    private static Tensor weight(double beta, Tensor turn, Tensor like) {
        return Batched.column(turn.mul(Math.log(beta)).expm1().neg(), like);
    }
}
