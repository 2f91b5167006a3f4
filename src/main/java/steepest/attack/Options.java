package steepest.attack;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import steepest.SteepestException;
import steepest.nn.Model;

/**
 * What {@link Attacks#of} makes an attack from. Whatever is not given takes the attack's own default; whatever an attack
 * does not know is refused. Immutable.
 */
public final class Options {
    private final Norm norm;
    private final double epsilon;
    private final Target target;
    private final Model surrogate; // null: none
    private final Map<String, Double> numbers;

    private Options(Norm norm, double epsilon, Target target, Model surrogate, Map<String, Double> numbers) {
        this.norm = norm;
        this.epsilon = epsilon;
        this.target = target;
        this.surrogate = surrogate;
        this.numbers = numbers;
    }

    /** @param epsilon in the units of the model's domain; infinite for minimum-norm attacks that keep all they find */
    public static Options of(Norm norm, double epsilon) {
        return new Options(norm, epsilon, Target.NONE, null, Map.of());
    }

    /** With another ε. */
    public Options epsilon(double epsilon) {
        return new Options(norm, epsilon, target, surrogate, numbers);
    }

    /** Towards other classes. */
    public Options target(Target target) {
        return new Options(norm, epsilon, target, surrogate, numbers);
    }

    /** The model that a transfer attack attacks in the victim's place. */
    public Options surrogate(Model surrogate) {
        return new Options(norm, epsilon, target, surrogate, numbers);
    }

    /** A number by its name: {@code step}, {@code steps}, {@code restarts}, … */
    public Options with(String name, double value) {
        Map<String, Double> more = new LinkedHashMap<>(numbers);
        more.put(name, value);
        return new Options(norm, epsilon, target, surrogate, more);
    }

    /** Without any numbers. */
    Options plain() {
        return new Options(norm, epsilon, target, surrogate, Map.of());
    }

    /** Reads options for one attack, and remembers what has been asked for. */
    static final class Reader {
        private final String attack;
        private final Options options;
        private final Map<String, Double> asked = new LinkedHashMap<>();
        private boolean target;
        private boolean surrogate;

        Reader(String attack, Options options) {
            this.attack = attack;
            this.options = options;
        }

        String attack() {
            return attack;
        }

        /** What was asked for, with what holds where nothing is given. */
        Map<String, Double> asked() {
            return Collections.unmodifiableMap(asked);
        }

        /** What was asked for, with what holds. */
        Map<String, Double> held() {
            Map<String, Double> all = new LinkedHashMap<>(asked);
            all.replaceAll(options.numbers::getOrDefault);
            return all;
        }

        double epsilon() {
            return options.epsilon;
        }

        /** @throws SteepestException if the attack is not made for the norm that is given */
        Norm norm(Norm... possible) {
            for (Norm n : possible) if (n == options.norm) return n;
            String known = java.util.Arrays.stream(possible).map(Norm::toString).collect(Collectors.joining(" or "));
            throw SteepestException.of("attack %s: norm must be %s, got %s", attack, known, options.norm);
        }

        /** The budget of an attack that must stay in a ball: ε finite. */
        Budget budget(Norm... possible) {
            Norm norm = norm(possible);
            if (Double.isInfinite(options.epsilon))
                throw SteepestException.of("attack %s: expected a finite epsilon", attack);
            target = true;
            return new Budget(norm, options.epsilon, options.target);
        }

        /** As {@link #budget}, for an attack that has no targeted form. */
        Budget untargeted(Norm... possible) {
            Budget b = budget(possible);
            target = false;
            return b;
        }

        /** The budget of a minimum-norm attack: ε may be infinite. */
        Budget filter(boolean targeted, Norm... possible) {
            target = targeted;
            return new Budget(norm(possible), options.epsilon, options.target);
        }

        double number(String name, double otherwise) {
            asked.put(name, otherwise);
            return options.numbers.getOrDefault(name, otherwise);
        }

        int count(String name, int otherwise) {
            double v = number(name, otherwise);
            if (v != Math.rint(v) || v < 1 || v > Integer.MAX_VALUE)
                throw SteepestException.of(
                        "attack %s: %s must be a whole number of at least 1, got %s", attack, name, v);
            return (int) v;
        }

        Model surrogate() {
            surrogate = true;
            if (options.surrogate == null)
                throw SteepestException.of(
                        "attack %s: expected a surrogate model to attack in the victim's place", attack);
            return options.surrogate;
        }

        /** @throws SteepestException if something was given that the attack never asked for */
        void close() {
            for (String name : options.numbers.keySet())
                if (!asked.containsKey(name))
                    throw SteepestException.of(
                            "attack %s takes no %s%s",
                            attack, name, asked.isEmpty() ? "" : "; it takes " + String.join(", ", asked.keySet()));
            if (options.target.isTargeted() && !target)
                throw SteepestException.of("attack %s has no targeted form", attack);
            if (options.surrogate != null && !surrogate)
                throw SteepestException.of("attack %s takes no surrogate model", attack);
        }
    }
}
