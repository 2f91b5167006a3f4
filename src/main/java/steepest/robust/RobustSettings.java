package steepest.robust;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.SteepestException;
import steepest.attack.Norm;
import steepest.data.Dataset;

/**
 * What a robust training is made from. What a method has no use for it ignores; {@link #notes} says what it uses.
 *
 * @param method a name for {@link RobustTraining#of}
 * @param epsilon in the domain's units
 * @param step how far a step of the inner attack goes
 * @param steps how many it makes
 * @param beta the weight of the divergence in TRADES and MART
 * @param smoothing how much of a label is spread over all classes
 * @param replays how often free training sees a batch in a row
 * @param earlyStop whether {@code pgd} leaves an example where it is, once it is classified wrongly
 * @param domain where samples lie
 */
public record RobustSettings(
        String method,
        Norm norm,
        double epsilon,
        double step,
        int steps,
        double beta,
        double smoothing,
        int replays,
        boolean earlyStop,
        Dataset.Domain domain) {
    /** Those that make no examples. */
    private static final List<String> EXAMPLELESS = List.of("none", "label-smoothing");

    public RobustSettings {
        if (!RobustTraining.names().contains(method))
            throw SteepestException.of(
                    "unknown robust training %s; there are %s", method, String.join(", ", RobustTraining.names()));
        if (!(beta >= 0)) throw SteepestException.of("beta: expected at least 0, got %s", beta);
        if (!(smoothing >= 0 && smoothing <= 1))
            throw SteepestException.of("smoothing: expected a number in [0, 1], got %s", smoothing);
        if (replays < 1) throw SteepestException.of("replays: expected at least 1, got %d", replays);
    }

    /**
     * A method with its usual settings: the step is ε for one step (1.25 ε for {@code fgsm-rs}), else 2.5 ε / steps, so that
     * it reaches across the ball; 10 steps; β 6 for TRADES and 5 for MART; smoothing 0.1; 5 replays; in L∞.
     */
    public static RobustSettings of(String method, double epsilon, Dataset.Domain domain) {
        int steps = hasSteps(method) ? 10 : 1;
        return new RobustSettings(
                method,
                Norm.LINF,
                epsilon,
                usualStep(method, epsilon, steps),
                steps,
                method.equals("mart") ? 5 : 6,
                0.1,
                5,
                false,
                domain);
    }

    private static double usualStep(String method, double epsilon, int steps) {
        if (epsilon == 0) return 1; // nothing can move; any step will do
        if (method.equals("fgsm-rs")) return 1.25 * epsilon;
        return steps == 1 ? epsilon : 2.5 * epsilon / steps;
    }

    /** Whether a method makes adversarial examples, and so needs an ε. */
    public static boolean isAdversarial(String method) {
        return !EXAMPLELESS.contains(method);
    }

    /** Whether the number of steps of a method's attack can be chosen. */
    public static boolean hasSteps(String method) {
        return List.of("pgd", "trades", "mart").contains(method);
    }

    public RobustSettings withNorm(Norm norm) {
        return new RobustSettings(method, norm, epsilon, step, steps, beta, smoothing, replays, earlyStop, domain);
    }

    public RobustSettings withStep(double step) {
        return new RobustSettings(method, norm, epsilon, step, steps, beta, smoothing, replays, earlyStop, domain);
    }

    /** With other steps, and the step that is usual for so many. */
    public RobustSettings withSteps(int steps) {
        double usual = usualStep(method, epsilon, steps);
        return new RobustSettings(method, norm, epsilon, usual, steps, beta, smoothing, replays, earlyStop, domain);
    }

    public RobustSettings withBeta(double beta) {
        return new RobustSettings(method, norm, epsilon, step, steps, beta, smoothing, replays, earlyStop, domain);
    }

    public RobustSettings withSmoothing(double smoothing) {
        return new RobustSettings(method, norm, epsilon, step, steps, beta, smoothing, replays, earlyStop, domain);
    }

    public RobustSettings withReplays(int replays) {
        return new RobustSettings(method, norm, epsilon, step, steps, beta, smoothing, replays, earlyStop, domain);
    }

    public RobustSettings withEarlyStop(boolean earlyStop) {
        return new RobustSettings(method, norm, epsilon, step, steps, beta, smoothing, replays, earlyStop, domain);
    }

    InnerAttack attack(InnerAttack.Start start) {
        return new InnerAttack(norm, epsilon, step, steps, start, domain);
    }

    /** Gradients of the model by its input that a sample costs in a step, beside the one by the weights. */
    public int innerGradients() {
        return !isAdversarial(method) || method.equals("free") || epsilon == 0 ? 0 : steps;
    }

    /** What the method uses, for {@code config.json}. */
    public Map<String, Object> notes() {
        Map<String, Object> notes = new LinkedHashMap<>();
        notes.put("method", method);
        if (isAdversarial(method)) {
            notes.put("norm", norm.toString());
            notes.put("eps", epsilon);
            notes.put("eps_255", epsilon * 255 / ((double) domain.high() - domain.low()));
            notes.put("step", step);
            notes.put("steps", steps);
            notes.put("inner_gradients", innerGradients());
        }
        if (method.equals("trades") || method.equals("mart")) notes.put("beta", beta);
        if (method.equals("label-smoothing")) notes.put("smoothing", smoothing);
        if (method.equals("free")) notes.put("replays", replays);
        if (method.equals("pgd")) notes.put("early_stop", earlyStop);
        return notes;
    }
}
