package steepest.attack;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import steepest.DType;
import steepest.HostArray;
import steepest.Program;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;

/**
 * One perturbation for all samples (Moosavi-Dezfooli et al., "Universal adversarial perturbations", CVPR 2017), found by
 * projected gradient steps on batches, the cross-entropy cut off at β so that no sample outweighs the others (Shafahi et
 * al., "Universal adversarial training", AAAI 2020, algorithm 1 and equation 4). It is sought on the very samples that it is
 * judged by. The best of all passes is kept.
 */
public final class Universal implements Attack {
    private static final double BETA = 9;

    private final Budget budget;
    private final int passes;
    private final double step;

    /** @param passes over the samples @param step how far each batch moves the perturbation, in the norm */
    public Universal(Budget budget, int passes, double step) {
        if (budget.norm() != Norm.LINF && budget.norm() != Norm.L2)
            throw SteepestException.of("attack universal: norm must be linf or l2, got %s", budget.norm());
        if (passes < 1 || !(step > 0))
            throw SteepestException.of(
                    "attack universal: steps must be at least 1 and step more than 0, got %d and %s", passes, step);
        this.budget = budget;
        this.passes = passes;
        this.step = step;
    }

    @Override
    public String name() {
        return "universal";
    }

    @Override
    public Norm norm() {
        return budget.norm();
    }

    @Override
    public double epsilon() {
        return budget.epsilon();
    }

    @Override
    public Outcome run(Victim victim, Samples samples, long seed, IntConsumer progress) {
        int n = samples.size();
        int[] gradients = new int[n];
        int[] forwards = new int[n];
        HostArray best = samples.x().copy();
        if (n == 0 || epsilon() == 0) return new Outcome(best, gradients, forwards);
        Shape sample = samples.x().shape().with(0, 1);
        Tensor delta = Tensor.of(HostArray.zeros(new Spec(DType.F32, sample)));
        int most = 0;
        try (Program program = program(victim)) {
            for (int pass = 0; pass < passes; pass++) {
                for (int from = 0; from < n; from += victim.batch()) {
                    int[] places = IntStream.range(from, Math.min(n, from + victim.batch()))
                            .toArray();
                    Samples part = samples.select(places);
                    delta = program.call(Tensor.of(part.x()), Tensor.of(part.y()), delta);
                }
                HostArray moved = moved(victim, samples.x(), delta.toFloats());
                int[] predicted = victim.predict(moved);
                int fooled = (int) IntStream.range(0, n)
                        .filter(i -> predicted[i] != samples.y()[i])
                        .count();
                if (fooled > most) {
                    most = fooled;
                    best = moved;
                }
                Arrays.fill(gradients, pass + 1);
                Arrays.fill(forwards, pass + 1);
                progress.accept((int) ((long) n * (pass + 1) / passes));
            }
        }
        return new Outcome(best, gradients, forwards);
    }

    private Program program(Victim victim) {
        double low = victim.domain().low();
        double high = victim.domain().high();
        return Program.of(3, (in, pass) -> {
                    Tensor x = in.get(0);
                    Tensor delta = in.get(2);
                    Tensor at = x.add(delta).clamp(low, high);
                    Tensor loss = AttackLoss.CROSS_ENTROPY
                            .untargeted(victim.logits(at), in.get(1))
                            .minimum(BETA);
                    Tensor g = loss.sum().grad(delta);
                    Tensor z = delta.add(budget.norm().ascent(g).mul(step));
                    // the perturbation has a ball, but no domain, of its own
                    Tensor zero = delta.mul(0);
                    Tensor wide = Tensor.scalar(high - low);
                    return Step.of(budget.norm().project(zero, z, epsilon(), wide.neg(), wide));
                })
                .on(victim.device());
    }

    private HostArray moved(Victim victim, HostArray x, float[] delta) {
        float[] a = x.floats().clone();
        for (int i = 0; i < a.length; i++) a[i] += delta[i % delta.length];
        return victim.hold(this, x, HostArray.of(a, x.shape()));
    }
}
