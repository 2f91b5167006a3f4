package steepest.optim;

import java.util.List;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * The learning rate as a function of the step: it is computed on the device from the optimizer's own counter, so a
 * training step is planned once however the rate moves.
 */
@FunctionalInterface
public interface Schedule {
    /**
     * @param step how many steps have been made before this one: 0 at the first; F32 scalar
     * @return the rate, F32 scalar
     */
    Tensor rate(Tensor step);

    /** Names for {@link #of}. */
    List<String> NAMES = List.of("linear", "constant", "cosine", "cyclic");

    /** The part of the steps at which {@link #cyclic} has its highest rate. */
    double TOP = 0.4;

    /** A schedule by name, over so many steps. @throws SteepestException if there is none, listing those that there are */
    static Schedule of(String name, double rate, long steps) {
        return switch (name) {
            case "linear" -> linear(rate, steps);
            case "constant" -> constant(rate);
            case "cosine" -> cosine(rate, steps);
            case "cyclic" -> cyclic(rate, steps);
            default -> throw SteepestException.of("unknown schedule %s; there are %s", name, String.join(", ", NAMES));
        };
    }

    /** The same rate at every step. @throws SteepestException if it is not finite or not above 0 */
    static Schedule constant(double rate) {
        check(rate);
        return step -> Tensor.scalar(rate);
    }

    /** {@code rate · (1 − step / steps)}: from {@code rate} straight down to 0, which it keeps after {@code steps}. */
    static Schedule linear(double rate, long steps) {
        check(rate, steps);
        return step -> remaining(step, steps).mul(rate);
    }

    /**
     * {@code rate · (1 + cos(π · step / steps)) / 2}, 0 after {@code steps} (Loshchilov and Hutter, "SGDR", ICLR 2017, eq.
     * 5 without restarts).
     */
    static Schedule cosine(double rate, long steps) {
        check(rate, steps);
        // sin²(πr/2) is (1 + cos(π(1 − r))) / 2, and exactly 0 at the end
        return step -> remaining(step, steps).mul(Math.PI / 2).sin().square().mul(rate);
    }

    /**
     * From 0 straight up to {@code rate} at two fifths of the steps, then straight down to 0 (one cycle of Smith, "Cyclical
     * learning rates", WACV 2017, as Wong, Rice and Kolter have it in "Fast is better than free", ICLR 2020).
     */
    static Schedule cyclic(double rate, long steps) {
        check(rate, steps);
        return step -> {
            Tensor next = step.add(1);
            return next.div(TOP * steps)
                    .minimum(remaining(next, steps).div(1 - TOP))
                    .mul(rate);
        };
    }

    /** {@code rate · factor^⌊step / every⌋}. @throws SteepestException if a number is not finite or not above 0 */
    static Schedule steps(double rate, long every, double factor) {
        check(rate, every);
        if (!(factor > 0 && factor < Double.POSITIVE_INFINITY))
            throw SteepestException.of("schedule: expected a finite factor above 0, got %s", factor);
        return step -> step.div(every).floor().mul(Math.log(factor)).exp().mul(rate);
    }

    /** The part of the steps still to come, from 1 down to 0. */
    private static Tensor remaining(Tensor step, long steps) {
        return step.div(steps).neg().add(1).maximum(0);
    }

    private static void check(double rate, long steps) {
        check(rate);
        if (steps < 1) throw SteepestException.of("schedule: expected at least 1 step, got %d", steps);
    }

    private static void check(double rate) {
        if (!(rate > 0 && rate < Double.POSITIVE_INFINITY))
            throw SteepestException.of("learning rate: expected a finite number above 0, got %s", rate);
    }
}
