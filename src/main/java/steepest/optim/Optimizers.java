package steepest.optim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import steepest.SteepestException;
import steepest.Variable;

/** Optimizers by name, with their usual settings. */
public final class Optimizers {
    private static final Map<String, BiFunction<List<Variable>, Schedule, Optimizer>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("sgd", Sgd::new);
        ALL.put("momentum", (p, s) -> new Sgd(p, s, 0.9, false, 0));
        ALL.put("nesterov", (p, s) -> new Sgd(p, s, 0.9, true, 0));
        ALL.put("rmsprop", RmsProp::new);
        ALL.put("adam", Adam::new);
        ALL.put("adamw", (p, s) -> new Adam(p, s, Adam.Settings.ADAMW));
    }

    private Optimizers() {}

    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /** {@code momentum} and {@code nesterov} are SGD with momentum 0.9. @throws SteepestException listing those that there are */
    public static Optimizer of(String name, List<Variable> params, Schedule schedule) {
        check(name);
        return ALL.get(name).apply(params, schedule);
    }

    /** @throws SteepestException if there is no optimizer of that name, listing those that there are */
    public static void check(String name) {
        if (!ALL.containsKey(name))
            throw SteepestException.of("unknown optimizer %s; there are %s", name, String.join(", ", names()));
    }
}
