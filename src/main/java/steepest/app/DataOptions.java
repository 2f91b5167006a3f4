package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import steepest.Recorder;
import steepest.SteepestException;
import steepest.data.DataStore;
import steepest.data.Dataset;
import steepest.data.Datasets;
import steepest.data.Split;

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

    /**
     * One half of a dataset, fetched if need be, with a bar for what takes long.
     *
     * @throws SteepestException if it can neither be found nor fetched, or is not what it should be
     */
    Dataset load(String name, Split split, PrintWriter err) {
        try (var bars = new ProgressBars(err)) {
            return Recorder.timed("load " + name, () -> Datasets.load(name, split, store(), bars));
        }
    }

    /** @throws picocli.CommandLine.ParameterException if no dataset of that name can be loaded */
    static void checkLoadable(CommandSpec command, String name) {
        if (!name.startsWith("idx:")) Names.check(command, "dataset", name, Datasets.names());
    }
}
