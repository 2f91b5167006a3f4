package steepest.optim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import steepest.Caller;
import steepest.DType;
import steepest.Gradients;
import steepest.HostArray;
import steepest.Pass;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;

/**
 * Changes parameters so that a loss falls. An optimizer does nothing by itself: {@link #minimize} returns a {@link Step}
 * that holds the loss and all updates, which a {@link steepest.Program} or {@link Step#run} carries out.
 *
 * <p>All that it remembers from step to step, the count of steps too, is in variables on the device: nothing is planned
 * again as training goes on, and a checkpoint of {@link #state} is complete.
 */
public abstract class Optimizer {
    private final List<Variable> params;
    private final Schedule schedule;
    private final Variable step;
    private double maxNorm = Double.POSITIVE_INFINITY;

    /** @throws SteepestException if there are no parameters, one is given twice, or one is not F32 */
    Optimizer(String name, List<Variable> params, Schedule schedule) {
        this.params = List.copyOf(params);
        this.schedule = schedule;
        if (params.isEmpty()) throw SteepestException.of("%s: there are no parameters to optimise", name);
        Set<Variable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Variable p : params) {
            if (!seen.add(p)) throw SteepestException.of("%s: parameter %s is given twice", name, p.name());
            if (p.spec().dtype() != DType.F32)
                throw SteepestException.of("%s: parameters are f32, %s is %s", name, p.name(), p.spec());
        }
        this.step = Variable.of(name + ".step", HostArray.of(new int[1], Shape.SCALAR));
    }

    /** Zeros of each parameter's shape, named {@code name.parameter.part}. */
    static List<Variable> zerosLike(String name, List<Variable> params, String part) {
        return params.stream()
                .map(p -> Variable.zeros(name + "." + p.name() + "." + part, p.spec()))
                .toList();
    }

    public final List<Variable> params() {
        return params;
    }

    /**
     * Limits the length of the gradient, all parameters taken together, before each step; see {@link GradientNorm#clip}.
     *
     * @return this optimizer
     * @throws SteepestException if {@code maxNorm} is not above 0
     */
    public final Optimizer clipNorm(double maxNorm) {
        this.maxNorm = GradientNorm.check(maxNorm);
        return this;
    }

    /** What the optimizer remembers, by name; starts with the I32 count of steps made. */
    public final List<Variable> state() {
        List<Variable> all = new ArrayList<>(List.of(step));
        all.addAll(moments());
        return all;
    }

    /**
     * One step down the gradient of {@code loss}: its result is the loss before the step, its updates are those of the
     * parameters and of this optimizer's state.
     *
     * @throws SteepestException if the loss is not an F32 scalar, or does not depend on any of the parameters
     */
    public final Step minimize(Tensor loss) {
        return apply(gradients(loss)).returning(loss);
    }

    /** As {@link #minimize(Tensor)}, with the updates that the pass has collected. */
    public final Step minimize(Tensor loss, Pass pass) {
        return minimize(loss).update(pass.updates());
    }

    /**
     * One step against gradients that are there already; it has no result, its updates are those of {@link #minimize(Tensor)}.
     *
     * @param gradients for each of {@link #params}, of its shape
     */
    public final Step apply(List<Tensor> gradients) {
        if (gradients.size() != params.size())
            throw Caller.locate(SteepestException.of(
                    "apply: expected a gradient for each of %d parameters, got %d", params.size(), gradients.size()));
        List<Tensor> g = maxNorm < Double.POSITIVE_INFINITY ? GradientNorm.clip(gradients, maxNorm) : gradients;
        Tensor made = step.read();
        Tensor before = made.cast(DType.F32);
        return Step.of().update(step, made.add(1)).update(updates(g, schedule.rate(before), before.add(1)));
    }

    /**
     * The gradient of a loss by each of {@link #params}, before any clipping; zeros where none flows.
     *
     * @throws SteepestException as {@link #minimize(Tensor)}
     */
    public final List<Tensor> gradients(Tensor loss) {
        if (!loss.spec().equals(new Spec(DType.F32, Shape.SCALAR)))
            throw Caller.locate(
                    SteepestException.of("minimize: takes a loss f32[], got %s; take its mean or sum", loss.spec()));
        List<Tensor> reads = params.stream().map(Variable::read).toList();
        Tensor one = Tensor.literal(1, DType.F32);
        List<Tensor> g = new ArrayList<>(Gradients.vjp(List.of(loss), new Tensor[] {one}, reads));
        if (g.stream().noneMatch(Objects::nonNull))
            throw Caller.locate(SteepestException.of(
                    "minimize: the loss depends on none of the %d parameters as they are now (was it detached, or built"
                            + " before the last step?)",
                    params.size()));
        for (int i = 0; i < g.size(); i++)
            if (g.get(i) == null) g.set(i, Tensor.zeros(params.get(i).spec()));
        return g;
    }

    /** The state beside the count of steps. */
    abstract List<Variable> moments();

    /**
     * @param g the gradient by each parameter
     * @param rate the learning rate, F32 scalar
     * @param t the number of this step, from 1, F32 scalar
     */
    abstract List<Step.Update> updates(List<Tensor> g, Tensor rate, Tensor t);

    /** @throws SteepestException if {@code value} is not in [0, below) */
    static double check(String what, double value, double below) {
        if (!(value >= 0 && value < below))
            throw SteepestException.of("%s: expected a number from 0 to below %s, got %s", what, below, value);
        return value;
    }
}
