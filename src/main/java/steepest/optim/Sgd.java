package steepest.optim;

import java.util.ArrayList;
import java.util.List;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;

/**
 * Stochastic gradient descent. With gradient g, weight decay λ, momentum μ and rate α:
 *
 * <pre>
 * g ← g + λ w
 * v ← μ v + g                      heavy ball (Polyak, 1964)
 * w ← w − α v                      or, Nesterov:  w ← w − α (g + μ v)
 * </pre>
 *
 * The rate multiplies the velocity, as in Sutskever et al., "On the importance of initialization and momentum in deep
 * learning" (ICML 2013) rewritten so that a falling rate takes effect at once; this is PyTorch's form too.
 */
public final class Sgd extends Optimizer {
    private final double momentum;
    private final boolean nesterov;
    private final double weightDecay;
    private final List<Variable> velocity;

    /** Plain gradient descent. */
    public Sgd(List<Variable> params, double rate) {
        this(params, Schedule.constant(rate));
    }

    public Sgd(List<Variable> params, Schedule schedule) {
        this(params, schedule, 0, false, 0);
    }

    /**
     * @param momentum μ in [0, 1)
     * @param nesterov whether to look ahead; needs momentum
     * @param weightDecay λ ≥ 0, the L2 penalty λ/2 ‖w‖²
     */
    public Sgd(List<Variable> params, Schedule schedule, double momentum, boolean nesterov, double weightDecay) {
        super("sgd", params, schedule);
        this.momentum = check("momentum", momentum, 1);
        this.nesterov = nesterov;
        this.weightDecay = check("weight decay", weightDecay, Double.POSITIVE_INFINITY);
        if (nesterov && momentum == 0) throw SteepestException.of("sgd: Nesterov's method needs momentum above 0");
        this.velocity = momentum == 0 ? List.of() : zerosLike("sgd", params, "velocity");
    }

    @Override
    List<Variable> moments() {
        return velocity;
    }

    @Override
    List<Step.Update> updates(List<Tensor> gradients, Tensor rate, Tensor t) {
        // each number once, so that all parameters share it and may be updated together
        Tensor lambda = Tensor.scalar(weightDecay);
        Tensor keep = Tensor.scalar(momentum);
        List<Step.Update> updates = new ArrayList<>();
        for (int i = 0; i < gradients.size(); i++) {
            Variable p = params().get(i);
            Tensor w = p.read();
            Tensor g = gradients.get(i);
            if (weightDecay != 0) g = g.add(w.mul(lambda));
            if (momentum != 0) {
                Tensor v = velocity.get(i).read().mul(keep).add(g);
                updates.add(new Step.Update(velocity.get(i), v));
                g = nesterov ? g.add(v.mul(keep)) : v;
            }
            updates.add(new Step.Update(p, w.sub(g.mul(rate))));
        }
        return updates;
    }
}
