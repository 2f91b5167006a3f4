package steepest.attack;

import steepest.SteepestException;
import steepest.data.Dataset;

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

    /**
     * A length as people write it: a number of at least 0, such as {@code 0.3}, {@code 8/255} or {@code inf}.
     *
     * @param name what it is, for the error
     * @throws SteepestException if it is none
     */
    public static double quantity(String name, String text) {
        double value;
        try {
            String[] parts = text.trim().split("/", -1);
            value = number(parts[0]);
            if (parts.length == 2) value /= number(parts[1]);
            else if (parts.length > 2) value = Double.NaN;
        } catch (NumberFormatException e) {
            value = Double.NaN;
        }
        if (!(value >= 0))
            throw SteepestException.of(
                    "%s: expected a number of at least 0 such as 0.3 or 8/255, got '%s'", name, text);
        return value;
    }

    /**
     * Refuses an ε that no pair of inputs can differ by, such as 8 where 8/255 is meant.
     *
     * @param name what it is, for the error
     * @throws SteepestException if a finite ε in L∞ is wider than the domain
     */
    public static double within(String name, double epsilon, Norm norm, Dataset.Domain domain) {
        double width = (double) domain.high() - domain.low();
        if (norm == Norm.LINF && epsilon > width && epsilon < Double.POSITIVE_INFINITY)
            throw SteepestException.of(
                    "%s: expected at most %s, the width of the inputs' domain [%s, %s], got %s%s",
                    name,
                    width,
                    domain.low(),
                    domain.high(),
                    epsilon,
                    epsilon <= 255 && epsilon == Math.rint(epsilon) && width == 1
                            ? "; in steps of 8 bits it is " + (int) epsilon + "/255"
                            : "");
        return epsilon;
    }

    private static double number(String text) {
        return text.trim().equals("inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }
}
