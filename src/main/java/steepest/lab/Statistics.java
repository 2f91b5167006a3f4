package steepest.lab;

import java.util.Arrays;

/** The few statistics that a report needs. */
final class Statistics {
    private Statistics() {}

    static double mean(double... x) {
        return Arrays.stream(x).average().orElse(Double.NaN);
    }

    /** The standard deviation of what a sample was drawn from (n − 1); 0 of one number. */
    static double deviation(double... x) {
        double m = mean(x);
        return x.length < 2
                ? 0
                : Math.sqrt(Arrays.stream(x).map(v -> (v - m) * (v - m)).sum() / (x.length - 1));
    }

    /**
     * Half of the interval around the mean in which the true mean lies with 95 % confidence, if what is drawn is normal: the
     * paired t interval where x are differences (Student, "The probable error of a mean", Biometrika 1908).
     *
     * @throws IllegalArgumentException of less than two numbers
     */
    static double half95(double... x) {
        if (x.length < 2) throw new IllegalArgumentException("an interval needs two numbers, got " + x.length);
        return t95(x.length - 1) * deviation(x) / Math.sqrt(x.length);
    }

    /** What |t| stays below with probability 0.95, for so many degrees of freedom, by bisection. */
    static double t95(int degrees) {
        double low = 0;
        double high = 16;
        for (int i = 0; i < 80; i++) {
            double middle = (low + high) / 2;
            if (within(middle, degrees) < 0.95) low = middle;
            else high = middle;
        }
        return low;
    }

    /** P(|T| ≤ t) (Abramowitz and Stegun, "Handbook of mathematical functions", 26.7.3 and 26.7.4). */
    private static double within(double t, int degrees) {
        double angle = Math.atan(t / Math.sqrt(degrees));
        double c = Math.cos(angle);
        boolean odd = degrees % 2 == 1;
        double term = odd ? c : 1;
        double sum = degrees == 1 ? 0 : term;
        for (int k = odd ? 3 : 2; k < degrees; k += 2) {
            term *= c * c * (k - 1) / k;
            sum += term;
        }
        return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
    }
}
