package steepest.app;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Names that a user gives: of datasets, models and the like. */
final class Names {
    /** More than these are not read through. */
    private static final int MOST = 40;

    private static final int SOME = 6;

    private Names() {}

    /**
     * @param kind what it is the name of
     * @throws ParameterException with the names there are, or some of very many, and the closest, if it is none of them
     */
    static void check(CommandSpec command, String kind, String name, List<String> known) {
        if (known.contains(name)) return;
        throw new ParameterException(
                command.commandLine(),
                "unknown " + kind + " '" + name + "', expected one of " + listed(known)
                        + Closest.suggestion(name, known));
    }

    private static String listed(List<String> names) {
        if (names.size() <= MOST) return String.join(", ", names);
        return names.size() + " such as " + String.join(", ", names.subList(0, SOME));
    }
}
