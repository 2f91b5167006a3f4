package steepest.attack;

import steepest.SteepestException;

/**
 * What an attack may do and is to reach.
 *
 * @param epsilon in the units of the model's domain
 */
public record Budget(Norm norm, double epsilon, Target target) {
    public Budget {
        if (!(epsilon >= 0)) throw SteepestException.of("epsilon: expected at least 0, got %s", epsilon);
    }

    public static Budget of(Norm norm, double epsilon) {
        return new Budget(norm, epsilon, Target.NONE);
    }
}
