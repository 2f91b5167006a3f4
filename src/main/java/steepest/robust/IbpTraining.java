package steepest.robust;

import java.util.LinkedHashMap;
import java.util.Map;
import steepest.DType;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.Variable;
import steepest.certify.Bounds;
import steepest.data.Dataset;
import steepest.nn.Losses;
import steepest.nn.Sequential;
import steepest.train.Objective;

/**
 * Training on interval bounds (Gowal et al., "On the effectiveness of interval bound propagation for training verifiably
 * robust models", 2018): the mean of κ CE(z, y) + (1 − κ) CE(ẑ, y), where ẑ are the worst logits that intervals allow on the
 * L∞ ball, ẑ_j − ẑ_y = the most that z_j − z_y can be. A network that is trained on ẑ from the start learns nothing: so ε goes
 * from 0 to its end and κ from 1 to its own, both straight, after a first part of natural training.
 *
 * @param epsilon at the end, in the domain's units
 * @param kappa the weight of the natural loss at the end, in [0, 1]
 * @param warmup the part of all steps that is natural training
 * @param ramp the part of all steps in which ε and κ move
 * @param domain where samples lie: balls are cut with it
 */
public record IbpTraining(double epsilon, double kappa, double warmup, double ramp, Dataset.Domain domain) {
    static final String NAME = "ibp";

    public IbpTraining {
        if (!(epsilon >= 0 && epsilon < Double.POSITIVE_INFINITY))
            throw SteepestException.of("eps: expected a finite number of at least 0, got %s", epsilon);
        if (!(kappa >= 0 && kappa <= 1))
            throw SteepestException.of("kappa: expected a number in [0, 1], got %s", kappa);
        if (!(warmup >= 0 && warmup <= 1))
            throw SteepestException.of("warmup: expected a part of the training in [0, 1], got %s", warmup);
        if (!(ramp >= 0 && warmup + ramp <= 1))
            throw SteepestException.of(
                    "ramp: expected a part of the training from 0 to what a warmup of %s leaves, got %s", warmup, ramp);
    }

    /** κ 0.5 at the end, a twentieth of the training to warm up, half of it to get to ε. */
    public static IbpTraining of(double epsilon, Dataset.Domain domain) {
        return new IbpTraining(epsilon, 0.5, 0.05, 0.5, domain);
    }

    /** How far ε and κ are after so many steps, from 0 to 1; F32 scalars. @param all steps of the training */
    Tensor progress(Tensor step, long all) {
        // with one step more, so that a ramp of no length is at its end at once
        return step.sub(warmup * all).add(1).div(Math.max(1, ramp * all)).clamp(0, 1);
    }

    /**
     * What is minimised. It counts its steps, so it is for one training.
     *
     * @param steps of the whole training
     * @throws SteepestException naming the layer, if the model has one that cannot be bounded
     */
    public Objective objective(Sequential model, long steps) {
        Bounds bounds = Bounds.training(model);
        Variable made = Variable.zeros("ibp.steps", Spec.of(DType.F32));
        return (net, x, y, pass) -> {
            Tensor step = pass.read(made);
            pass.update(made, step.add(1));
            Tensor progress = progress(step, steps);
            Tensor logits = net.apply(x, pass);
            Tensor worst = bounds.margins(x, y, progress.mul(epsilon), domain).neg();
            Tensor weight = progress.mul(1 - kappa); // 1 − κ
            Tensor natural = Losses.crossEntropy(logits, y).mul(weight.neg().add(1));
            return new Objective.Outcome(
                    natural.add(Losses.crossEntropy(worst, y).mul(weight)), logits);
        };
    }

    /** All settings, for {@code config.json}. */
    public Map<String, Object> notes() {
        Map<String, Object> notes = new LinkedHashMap<>();
        notes.put("method", NAME);
        notes.put("norm", "linf");
        notes.put("eps", epsilon);
        notes.put("eps_255", epsilon * 255 / ((double) domain.high() - domain.low()));
        notes.put("kappa", kappa);
        notes.put("warmup", warmup);
        notes.put("ramp", ramp);
        return notes;
    }
}
