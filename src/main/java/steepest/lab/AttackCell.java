package steepest.lab;

import java.util.LinkedHashMap;
import java.util.Map;
import steepest.attack.Attack;
import steepest.attack.Attacks;
import steepest.attack.Norm;
import steepest.attack.Options;
import steepest.attack.Target;

/**
 * An attack that trained networks are put to.
 *
 * @param epsilon in the units of the networks' inputs
 * @param numbers other settings, see {@link Attacks#settings}
 * @param limit how many test samples are attacked; null for all there are
 */
record AttackCell(String attack, Norm norm, double epsilon, Map<String, Double> numbers, Target target, Integer limit)
        implements Judgement {
    private Options options() {
        Options options = Options.of(norm, epsilon).target(target);
        for (var n : numbers.entrySet()) options = options.with(n.getKey(), n.getValue());
        return options;
    }

    /** @throws steepest.SteepestException if a setting is wrong */
    Attack make() {
        return Attacks.of(attack, options());
    }

    /** The numbers that hold, given or not. */
    Map<String, Double> settings() {
        return Attacks.numbers(attack, options());
    }

    @Override
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("attack", attack);
        fields.put("norm", norm.toString());
        fields.put("eps", epsilon);
        // those that nobody gave too: another default would be another attack
        fields.put("settings", new java.util.TreeMap<>(settings()));
        fields.put("target", target.toString());
        fields.put("limit", limit);
        return fields;
    }

    /** Such as {@code pgd, restarts 10, steps 50}. */
    @Override
    public String label() {
        StringBuilder label = new StringBuilder(attack);
        if (target.isTargeted()) label.append(' ').append(target);
        new java.util.TreeMap<>(numbers).forEach((name, value) -> {
            boolean whole = value == Math.rint(value);
            label.append(", ").append(name).append(' ').append(whole ? Long.toString(value.longValue()) : value + "");
        });
        return label + (norm == Norm.LINF ? "" : ", " + norm);
    }
}
