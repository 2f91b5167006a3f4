package steepest.certify;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import steepest.DType;
import steepest.Tensor;
import steepest.nn.Form;

/**
 * Planes below and above the maximum of a window's elements, on a box: {@code Σ below_i x_i ≤ max_i x_i ≤ Σ above_i x_i +
 * intercept}.
 *
 * @param windows takes inputs {@code [N, …in]} to the elements of windows {@code [N, k, …out]}
 * @param below {@code [B, k, …out]}, 0 or 1
 * @param above {@code [B, k, …out]}, in [0, 1]
 * @param intercept {@code [B, …out]}
 * @param error what rounding a row's product with either plane adds at most, for a coefficient of 1, {@code [B, …out]}
 */
record Relaxation(UnaryOperator<Tensor> windows, Tensor below, Tensor above, Tensor intercept, Tensor error) {
    private static final double TINY = 1e-30;

    /**
     * max(x, 0), of one element: the chord above, and below x or 0, whichever leaves the smaller triangle (the adaptive
     * choice of Zhang et al.).
     */
    static Relaxation relu(Box box, boolean sound) {
        Tensor low = box.low();
        Tensor high = box.high();
        Tensor up = high.maximum(0);
        Tensor chord = up.div(up.sub(low.minimum(0)).maximum(TINY)).clamp(0, 1);
        Tensor below = high.add(low).gt(0).cast(DType.F32);
        // a convex function lies under a line if it does so at both ends, whatever the slope was rounded to
        Tensor intercept = low.maximum(0).sub(chord.mul(low)).maximum(up.sub(chord.mul(high)));
        Tensor error = box.magnitude().mul(Rounding.gamma(1));
        if (sound) intercept = intercept.add(error);
        return new Relaxation(x -> x.unsqueeze(1), below.unsqueeze(1), chord.unsqueeze(1), intercept, error);
    }

    /**
     * The largest element of each window: below, the one with the highest lower bound; above, the plane through γ with
     * slopes (u_i − γ) / (u_i − l_i) (Boopathy et al., "CNN-Cert", AAAI 2019), of those elements only that can be
     * the largest. It lies above at every corner of the box, and so everywhere, for any γ from the highest lower bound to
     * the lowest upper bound of those.
     */
    static Relaxation max(Form.Max form, Box box, boolean sound) {
        Tensor low = form.windows().apply(box.low());
        Tensor high = form.windows().apply(box.high());
        int k = low.shape().dim(1);
        Tensor least = low.maxKeep(1);
        Tensor candidate = high.gt(least);
        Tensor width = Tensor.where(candidate, high.sub(low), Tensor.scalar(1));
        Tensor steepness = candidate.cast(DType.F32).div(width);
        Tensor even =
                high.mul(steepness).sumKeep(1).sub(1).div(steepness.sumKeep(1).maximum(TINY));
        Tensor lowestTop = Tensor.where(candidate, high, Tensor.scalar(-Form.Max.PADDING))
                .min(1)
                .unsqueeze(1);
        Tensor gamma = even.minimum(lowestTop).maximum(least);
        Tensor above = high.sub(gamma).mul(steepness).clamp(0, 1);
        Tensor intercept = gamma.squeeze(1).sub(above.mul(low).sum(1));
        Tensor magnitude = form.windows().apply(box.magnitude()).maximum(0).sum(1); // without the padding
        // enough for the slopes' rounding too: (u − γ) / (u − l) is off by 4 units, which move u − γ by 8 magnitudes'
        // at most
        Tensor error = magnitude.mul(Rounding.gamma(k));
        if (sound) intercept = intercept.add(error);
        Tensor largest = low.argmax(1).unsqueeze(1);
        int[] along = new int[low.shape().rank()];
        Arrays.fill(along, 1);
        along[1] = k;
        Tensor below = Tensor.iota(k).reshape(along).eq(largest).cast(DType.F32);
        return new Relaxation(form.windows(), below, above, intercept, error);
    }
}
