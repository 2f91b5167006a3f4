package steepest.optim;

import java.util.ArrayList;
import java.util.List;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;

/**
 * RMSProp (Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5, 2012; centred: Graves, "Generating
 * sequences with recurrent neural networks", 2013, eq. 38 to 45). At each step, with gradient g:
 *
 * <pre>
 * g ← g + λ w
 * v ← α v + (1 − α) g²
 * d ← g / (√v + ε)             or, centred:  a ← α a + (1 − α) g,  d ← g / (√(v − a²) + ε)
 * b ← μ b + d
 * w ← w − rate · b
 * </pre>
 *
 * This is PyTorch's form.
 */
public final class RmsProp extends Optimizer {
    private final Settings settings;
    private final List<Variable> square;
    private final List<Variable> average;
    private final List<Variable> velocity;

    /**
     * @param alpha α in [0, 1), how slowly the mean square is forgotten
     * @param epsilon ε > 0
     * @param momentum μ in [0, 1)
     * @param centered whether to divide by the deviation rather than by the root mean square
     * @param weightDecay λ ≥ 0
     */
    public record Settings(double alpha, double epsilon, double momentum, boolean centered, double weightDecay) {
        /** 0.99, 1e-8; no momentum, not centred, no decay. */
        public static final Settings DEFAULT = new Settings(0.99, 1e-8, 0, false, 0);

        public Settings {
            check("alpha", alpha, 1);
            check("momentum", momentum, 1);
            check("weight decay", weightDecay, Double.POSITIVE_INFINITY);
            if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY))
                throw SteepestException.of("epsilon: expected a finite number above 0, got %s", epsilon);
        }
    }

    public RmsProp(List<Variable> params, double rate) {
        this(params, Schedule.constant(rate));
    }

    public RmsProp(List<Variable> params, Schedule schedule) {
        this(params, schedule, Settings.DEFAULT);
    }

    public RmsProp(List<Variable> params, Schedule schedule, Settings settings) {
        super("rmsprop", params, schedule);
        this.settings = settings;
        this.square = zerosLike("rmsprop", params, "square");
        this.average = settings.centered ? zerosLike("rmsprop", params, "average") : List.of();
        this.velocity = settings.momentum == 0 ? List.of() : zerosLike("rmsprop", params, "velocity");
    }

    @Override
    List<Variable> moments() {
        List<Variable> all = new ArrayList<>(square);
        all.addAll(average);
        all.addAll(velocity);
        return all;
    }

    @Override
    List<Step.Update> updates(List<Tensor> gradients, Tensor rate, Tensor t) {
        // each number once, so that all parameters share it and may be updated together
        Tensor alpha = Tensor.scalar(settings.alpha);
        Tensor take = Tensor.scalar(1 - settings.alpha);
        Tensor epsilon = Tensor.scalar(settings.epsilon);
        Tensor lambda = Tensor.scalar(settings.weightDecay);
        Tensor momentum = Tensor.scalar(settings.momentum);
        List<Step.Update> updates = new ArrayList<>();
        for (int i = 0; i < gradients.size(); i++) {
            Variable p = params().get(i);
            Tensor w = p.read();
            Tensor g = gradients.get(i);
            if (settings.weightDecay != 0) g = g.add(w.mul(lambda));
            Tensor v = square.get(i).read().mul(alpha).add(g.square().mul(take));
            updates.add(new Step.Update(square.get(i), v));
            Tensor spread = v;
            if (settings.centered) {
                Tensor a = average.get(i).read().mul(alpha).add(g.mul(take));
                updates.add(new Step.Update(average.get(i), a));
                // rounding may take the difference below 0
                spread = v.sub(a.square()).maximum(0);
            }
            Tensor down = g.div(spread.sqrt().add(epsilon));
            if (settings.momentum != 0) {
                down = velocity.get(i).read().mul(momentum).add(down);
                updates.add(new Step.Update(velocity.get(i), down));
            }
            updates.add(new Step.Update(p, w.sub(down.mul(rate))));
        }
        return updates;
    }
}
