package steepest.attack;

import java.util.function.IntConsumer;

/**
 * A way to change samples so that a model errs. What an attack returns for a sample depends on the sample, its number, the
 * model and the seed, not on the other samples (a universal perturbation excepted). Neither the model's weights nor
 * anything else of it changes.
 */
public interface Attack {
    /** As in {@link Attacks#of}. */
    String name();

    /** What {@link #epsilon} is measured in. */
    Norm norm();

    /**
     * The most that a sample may change; for an attack that seeks the nearest adversarial example it decides afterwards
     * which examples count. Infinite: all.
     */
    double epsilon();

    /** Whether this seeks the nearest adversarial example, not the worst within ε. */
    default boolean isMinimumNorm() {
        return false;
    }

    /** The class that each sample is to be taken for, {@code [N]}; its own where any other will do. */
    default int[] goals(Victim victim, Samples samples, long seed) {
        return samples.y().clone();
    }

    /**
     * Attacks samples, all of which the model classifies rightly.
     *
     * @param seed of all randomness
     * @param progress is told how many samples are finished, now and then
     */
    Outcome run(Victim victim, Samples samples, long seed, IntConsumer progress);
}
