package steepest.app;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Names that a user gives: of datasets, models and the like. */
final class Names {
    private Names() {}

    /**
     * @param kind what it is the name of
     * @throws ParameterException with the names there are and the closest of them, if it is none of them
     */
    static void check(CommandSpec command, String kind, String name, List<String> known) {
        if (known.contains(name)) return;
        throw new ParameterException(
                command.commandLine(),
                "unknown " + kind + " '" + name + "', expected one of " + String.join(", ", known)
                        + Closest.suggestion(name, known));
    }
}
