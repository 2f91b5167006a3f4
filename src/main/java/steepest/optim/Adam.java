package steepest.optim;

import java.util.ArrayList;
import java.util.List;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;

/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1). At step t, with gradient g:
 *
 * <pre>
 * m ← β₁ m + (1 − β₁) g
 * v ← β₂ v + (1 − β₂) g²
 * w ← w − α · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
 * </pre>
 *
 * Weight decay λ is added to the gradient, {@code g + λ w}; or, {@code decoupled}, taken off the weight itself, {@code w −
 * α λ w}: AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2).
 */
public final class Adam extends Optimizer {
    private final Settings settings;
    private final List<Variable> m;
    private final List<Variable> v;

    /**
     * @param beta1 β₁ in [0, 1)
     * @param beta2 β₂ in [0, 1)
     * @param epsilon ε > 0
     * @param weightDecay λ ≥ 0
     * @param decoupled whether the decay is AdamW's
     */
    public record Settings(double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled) {
        /** The paper's: 0.9, 0.999, 1e-8; no decay. */
        public static final Settings DEFAULT = new Settings(0.9, 0.999, 1e-8, 0, false);

        /** AdamW with its usual decay, 0.01. */
        public static final Settings ADAMW = new Settings(0.9, 0.999, 1e-8, 0.01, true);

        public Settings {
            check("beta1", beta1, 1);
            check("beta2", beta2, 1);
            check("weight decay", weightDecay, Double.POSITIVE_INFINITY);
            if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY))
                throw SteepestException.of("epsilon: expected a finite number above 0, got %s", epsilon);
        }
    }

    public Adam(List<Variable> params, double rate) {
        this(params, Schedule.constant(rate));
    }

    public Adam(List<Variable> params, Schedule schedule) {
        this(params, schedule, Settings.DEFAULT);
    }

    public Adam(List<Variable> params, Schedule schedule, Settings settings) {
        super("adam", params, schedule);
        this.settings = settings;
        this.m = zerosLike("adam", params, "m");
        this.v = zerosLike("adam", params, "v");
    }

    @Override
    List<Variable> moments() {
        List<Variable> all = new ArrayList<>(m);
        all.addAll(v);
        return all;
    }

    @Override
    List<Step.Update> updates(List<Tensor> gradients, Tensor rate, Tensor t) {
        double b1 = settings.beta1;
        double b2 = settings.beta2;
        // α · m̂ / (√v̂ + ε) with the corrections taken out of the elements: one division for each
        Tensor root = correction(b2, t).sqrt();
        Tensor scale = rate.mul(root).div(correction(b1, t));
        Tensor epsilon = root.mul(settings.epsilon);
        double decay = settings.weightDecay;
        // each number once, so that all parameters share it and may be updated together
        Tensor keep1 = Tensor.scalar(b1);
        Tensor take1 = Tensor.scalar(1 - b1);
        Tensor keep2 = Tensor.scalar(b2);
        Tensor take2 = Tensor.scalar(1 - b2);
        Tensor lambda = Tensor.scalar(decay);
        Tensor shrink = rate.mul(lambda);
        List<Step.Update> updates = new ArrayList<>();
        for (int i = 0; i < gradients.size(); i++) {
            Variable p = params().get(i);
            Tensor w = p.read();
            Tensor g = gradients.get(i);
            if (decay != 0 && !settings.decoupled) g = g.add(w.mul(lambda));
            Tensor m1 = m.get(i).read().mul(keep1).add(g.mul(take1));
            Tensor v1 = v.get(i).read().mul(keep2).add(g.square().mul(take2));
            Tensor kept = decay != 0 && settings.decoupled ? w.sub(w.mul(shrink)) : w;
            Tensor down = m1.mul(scale).div(v1.sqrt().add(epsilon));
            updates.add(new Step.Update(m.get(i), m1));
            updates.add(new Step.Update(v.get(i), v1));
            updates.add(new Step.Update(p, kept.sub(down)));
        }
        return updates;
    }

    /** 1 − βᵗ, by expm1: near 1 − β the difference itself would lose most digits of a float. */
    private static Tensor correction(double beta, Tensor t) {
        return beta == 0 ? Tensor.scalar(1) : t.mul(Math.log(beta)).expm1().neg();
    }
}
