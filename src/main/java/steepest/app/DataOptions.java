package steepest.app;

import java.nio.file.Path;
import java.util.Collection;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import steepest.data.DataStore;

/** Where the datasets are. */
final class DataOptions {
    @Option(
            names = "--data-dir",
            scope = ScopeType.INHERIT,
            paramLabel = "DIR",
            description = "Where datasets are kept (default: $STEEPEST_DATA, else the user's cache directory).")
    private Path directory;

    DataStore store() {
        return directory == null ? DataStore.standard() : new DataStore(directory);
    }

    /** @throws ParameterException with the closest names, if the store knows no such dataset */
    static void check(CommandSpec command, DataStore store, Collection<String> names) {
        for (String name : names)
            if (!store.names().contains(name))
                throw new ParameterException(
                        command.commandLine(),
                        "unknown dataset '" + name + "', expected one of " + String.join(", ", store.names())
                                + Closest.suggestion(name, store.names()));
    }
}
