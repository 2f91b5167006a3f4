package steepest.attack;

import java.util.Arrays;
import java.util.Locale;
import steepest.Philox;
import steepest.Program;
import steepest.Rng;
import steepest.SteepestException;
import steepest.Tensor;

/** Which class a sample is to be taken for. */
public enum Target {
    /** Any but its own. */
    NONE,
    /** The class after its own; the first after the last. */
    NEXT,
    /** One of the others at random, by the sample's number. */
    RANDOM,
    /** The one the model finds least likely. */
    LEAST_LIKELY;

    public boolean isTargeted() {
        return this != NONE;
    }

    /** @throws SteepestException if there is no target of that name */
    public static Target of(String name) {
        for (Target t : values()) if (t.toString().equals(name.toLowerCase(Locale.ROOT))) return t;
        throw SteepestException.of("unknown target %s; there are none, next, random, least-likely", name);
    }

    /** The class that each sample is to be taken for, {@code [N]}; its own for NONE. */
    int[] classes(Victim victim, Samples samples, long seed) {
        int n = samples.size();
        int[] goal = samples.y().clone();
        if (this == NONE || n == 0) return goal;
        int k = victim.classes(samples.x());
        if (k < 2) throw SteepestException.of("targeted attack: the model tells %d class apart, expected 2 or more", k);
        if (this == NEXT) Arrays.setAll(goal, i -> (samples.y()[i] + 1) % k);
        if (this == RANDOM) {
            Rng.Key key = Rng.seed(seed).fork(-1).next();
            int[] bits = new int[4];
            for (int i = 0; i < n; i++) {
                Philox.rowBits(key, 0, samples.index()[i], 0, 1, bits, 0);
                goal[i] = (samples.y()[i] + 1 + Integer.remainderUnsigned(bits[0], k - 1)) % k;
            }
        }
        if (this == LEAST_LIKELY) leastLikely(victim, samples, goal);
        return goal;
    }

    private static void leastLikely(Victim victim, Samples samples, int[] goal) {
        int n = samples.size();
        int batch = Math.min(victim.batch(), n);
        try (Program least = Program.of(x -> victim.logits(x).argmin(1)).on(victim.device())) {
            for (int from = 0; from < n; from += batch) {
                int start = from;
                int[] places = new int[batch];
                Arrays.setAll(places, i -> Math.min(start + i, n - 1));
                int[] found =
                        least.call(Tensor.of(Samples.rows(samples.x(), places))).toInts();
                System.arraycopy(found, 0, goal, from, Math.min(batch, n - from));
            }
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
