package steepest.certify;

import java.util.List;
import java.util.function.UnaryOperator;
import steepest.DType;
import steepest.Gradients;
import steepest.Shape;
import steepest.Spec;
import steepest.Tensor;
import steepest.nn.Form;
import steepest.nn.Layer;

/**
 * Affine functions of a layer's output z, which become ones of its input: row i is ⟨a_i, z⟩ + b_i. Where a layer is not
 * affine, a row becomes one that lies below it on the whole box of the layer's inputs (Zhang et al., "Efficient neural
 * network robustness certification with general activation functions", NeurIPS 2018, theorem 3.2).
 *
 * @param a {@code [B, R, …]}, or {@code [1, R, …]} as long as it is the same for all samples
 * @param b {@code [B, R]} or {@code [1, R]}
 * @param sound whether b is lowered by what rounding may have added
 */
record Rows(Tensor a, Tensor b, boolean sound) {
    /** The elements of z that are numbered {@code from} to before {@code to}, then their negatives. */
    static Rows elements(Shape sample, int from, int to, boolean sound) {
        Tensor places =
                Tensor.iota(to - from).add(Tensor.scalar(from, DType.I32)).unsqueeze(1);
        Tensor one = places.eq(Tensor.iota(sample.intSize())).cast(DType.F32);
        int n = 2 * (to - from);
        Tensor a = Tensor.concat(0, one, one.neg()).reshape(Shape.of(1, n).concat(sample));
        return new Rows(a, Tensor.zeros(1, n), sound);
    }

    /** Of inputs of a layer, given that these lie in a box. */
    Rows through(Layer layer, Box box) {
        if (layer.form() instanceof Form.Affine f) return affine(layer, f, box);
        if (layer.form() instanceof Form.Relu) return relaxed(Relaxation.relu(box, sound), box);
        return relaxed(Relaxation.max((Form.Max) layer.form(), box, sound), box);
    }

    /** a W x + (⟨a, bias⟩ + b): the pullback of an affine map is its vector-Jacobian product. */
    private Rows affine(Layer layer, Form.Affine form, Box box) {
        Shape in = features(box.low());
        Tensor before = pulledBack(a, in, layer::apply);
        if (form.terms() == 0) return new Rows(before, b, sound);
        Tensor bias = layer.apply(Tensor.zeros(new Spec(DType.F32, Shape.of(1).concat(in))));
        Box added = new Box(bias, bias);
        // rounding of a W, and that of W x in the network itself
        int terms = Math.min(form.terms(), Math.max(in.intSize(), length()));
        if (sound) added = added.grown(form.spread().apply(box.magnitude()).mul(2 * Rounding.gamma(terms)));
        if (sound) added = added.grown(bias.abs().mul(Rounding.gamma(terms)));
        return new Rows(before, least(added), sound);
    }

    /** Below where a is positive, above where it is negative. */
    private Rows relaxed(Relaxation r, Box box) {
        Tensor windows = a.unsqueeze(2);
        Tensor slopes =
                Tensor.where(windows.gt(0), r.below().unsqueeze(1), r.above().unsqueeze(1));
        Tensor before = pulledBack(windows.mul(slopes), features(box.low()), r.windows());
        Box added = new Box(Tensor.zeros(r.intercept().spec()), r.intercept());
        return new Rows(before, least(sound ? added.grown(r.error()) : added), sound);
    }

    /** The least that each row can be on a box, {@code [B, R]}. */
    Tensor least(Box box) {
        Box all = sound ? box.grown(box.magnitude().mul(Rounding.gamma(length()))) : box;
        Tensor corner = Tensor.where(a.gt(0), all.low().unsqueeze(1), all.high().unsqueeze(1));
        return b.add(a.mul(corner).flatten(2).sum(2));
    }

    /** {@code [N, R, …out]} by a linear map's matrix from the right: {@code [N, R, …in]}. */
    private static Tensor pulledBack(Tensor rows, Shape in, UnaryOperator<Tensor> map) {
        Shape s = rows.shape();
        int n = s.dim(0) * s.dim(1);
        Tensor origin = Tensor.zeros(new Spec(DType.F32, Shape.of(n).concat(in)));
        Tensor flat = rows.reshape(Shape.of(n).concat(s.slice(2, s.rank())));
        Tensor back = Gradients.vjp(List.of(map.apply(origin)), new Tensor[] {flat}, List.of(origin))
                .get(0);
        return back.reshape(s.slice(0, 2).concat(in));
    }

    private static Shape features(Tensor batch) {
        return batch.shape().slice(1, batch.shape().rank());
    }

    /** How many elements a row has. */
    private int length() {
        return a.shape().slice(2, a.shape().rank()).intSize();
    }
}
