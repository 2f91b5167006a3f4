package steepest.attack;

import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import steepest.HostArray;
import steepest.SteepestException;

/**
 * Attacks one after the other, each on the samples that withstood those before: the worst case for each sample, as in
 * AutoAttack (Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free
 * attacks", ICML 2020).
 */
public final class Ensemble implements Attack {
    private final String name;
    private final List<Attack> parts;

    /** @throws SteepestException if there are no parts, or their norms or ε differ */
    public Ensemble(String name, List<Attack> parts) {
        if (parts.isEmpty()) throw SteepestException.of("attack %s: expected at least one part", name);
        for (Attack a : parts)
            if (a.norm() != parts.get(0).norm() || a.epsilon() != parts.get(0).epsilon())
                throw SteepestException.of(
                        "attack %s: expected parts of one norm and epsilon, got %s %s and %s %s",
                        name, parts.get(0).norm(), parts.get(0).epsilon(), a.norm(), a.epsilon());
        this.name = name;
        this.parts = List.copyOf(parts);
    }

    @Override
    public String name() {
        return name;
    }

    public List<Attack> parts() {
        return parts;
    }

    @Override
    public Norm norm() {
        return parts.get(0).norm();
    }

    @Override
    public double epsilon() {
        return parts.get(0).epsilon();
    }

    @Override
    public Outcome run(Victim victim, Samples samples, long seed, IntConsumer progress) {
        HostArray found = samples.x().copy();
        int[] gradients = new int[samples.size()];
        int[] forwards = new int[samples.size()];
        int[] standing = IntStream.range(0, samples.size()).toArray();
        int length = samples.length();
        for (Attack part : parts) {
            if (standing.length == 0) break;
            Samples attacked = samples.select(standing);
            Outcome outcome = part.run(victim, attacked, seed, done -> {});
            HostArray held = victim.hold(part, attacked.x(), outcome.adversarial());
            int[] predicted = victim.predict(held);
            int[] places = standing;
            for (int i = 0; i < places.length; i++) {
                System.arraycopy(held.floats(), i * length, found.floats(), places[i] * length, length);
                gradients[places[i]] += outcome.gradients()[i];
                forwards[places[i]] += outcome.forwards()[i];
            }
            standing = IntStream.range(0, places.length)
                    .filter(i -> predicted[i] == attacked.y()[i])
                    .map(i -> places[i])
                    .toArray();
            progress.accept(samples.size() - standing.length);
        }
        progress.accept(samples.size());
        return new Outcome(found, gradients, forwards);
    }
}
