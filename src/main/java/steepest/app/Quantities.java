package steepest.app;

import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import steepest.SteepestException;
import steepest.attack.Budget;
import steepest.data.Dataset;

/** Perturbations, times and counts as they are written and shown. */
final class Quantities {
    private Quantities() {}

    /**
     * A number of at least 0, such as {@code 0.3}, {@code 8/255} or {@code inf}.
     *
     * @throws ParameterException naming the option, if it is none
     */
    static double epsilon(CommandSpec command, String option, String text) {
        try {
            return Budget.quantity(option, text);
        } catch (SteepestException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }

    /** In the units of the domain, and in those of an 8-bit picture of it: {@code 0.3 (76.5/255)}. */
    static String shown(double epsilon, Dataset.Domain domain) {
        if (Double.isInfinite(epsilon)) return "inf";
        return String.format(Locale.ROOT, "%s (%s/255)", brief(epsilon), brief(bytes(epsilon, domain)));
    }

    /** In steps of an 8-bit picture of the domain. */
    static double bytes(double epsilon, Dataset.Domain domain) {
        return epsilon * 255 / ((double) domain.high() - domain.low());
    }

    /** Four digits, without zeros at the end. */
    static String brief(double value) {
        return new java.math.BigDecimal(value)
                .round(new java.math.MathContext(4))
                .stripTrailingZeros()
                .toPlainString();
    }

    /** So many of something: {@code 1 step}, {@code 1,200 steps}. */
    static String count(long n, String thing) {
        return String.format(Locale.ROOT, "%,d %s%s", n, thing, n == 1 ? "" : "s");
    }

    /** A time as people say it: {@code 45 s}, {@code 12 min}, {@code 3 h 05 min}. */
    static String duration(double seconds) {
        if (seconds < 90) return String.format(Locale.ROOT, "%.0f s", seconds);
        long minutes = Math.round(seconds / 60);
        return minutes < 90
                ? minutes + " min"
                : String.format(Locale.ROOT, "%d h %02d min", minutes / 60, minutes % 60);
    }
}
