package steepest.app;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import steepest.SteepestException;
import steepest.data.DataStore;
import steepest.data.DataStore.Entry;
import steepest.data.DataStore.State;

/** {@code data}: the datasets in the cache. Without a command of its own it lists them. */
@Command(
        name = "data",
        description = "List, fetch, verify and delete datasets.",
        subcommands = {
            DataCommand.ListAll.class,
            DataCommand.Fetch.class,
            DataCommand.Verify.class,
            DataCommand.Delete.class
        },
        synopsisSubcommandLabel = "[COMMAND]",
        footer = {"", "Example:", "  ./steepest data fetch mnist fashion-mnist digits"})
final class DataCommand extends DataAction {
    @Mixin
    private DataOptions data;

    @Override
    public void run() {
        list();
    }

    @Override
    DataStore store() {
        return data.store();
    }

    /** A command below {@code data}, whose options it shares. */
    abstract static class Action extends DataAction {
        @ParentCommand
        private DataCommand parent;

        @Override
        final DataStore store() {
            return parent.store();
        }
    }

    @Command(
            name = "list",
            description = "List the datasets and how they stand in the cache (the default).",
            footer = {"", "Example:", "  ./steepest data list"})
    static final class ListAll extends Action {
        @Override
        public void run() {
            list();
        }
    }

    @Command(
            name = "fetch",
            description = {
                "Fetch datasets into the cache, each file verified by its SHA-256.",
                "What is there and whole is left alone; what is corrupt is fetched again."
            },
            footer = {"", "Example:", "  ./steepest data fetch mnist fashion-mnist digits"})
    static final class Fetch extends Action {
        @Parameters(arity = "0..*", paramLabel = "DATASET", description = "The datasets to fetch.")
        private List<String> names = new ArrayList<>();

        @Option(names = "--all", description = "All datasets.")
        private boolean all;

        @Override
        public void run() {
            var store = store();
            var entries = new ArrayList<Entry>();
            for (String name : chosen(store, names, all)) {
                // Told only where there is something to tell: what is there already passes in silence.
                boolean there = store.status(name).state() == State.CACHED;
                Entry entry;
                try (var bars = new ProgressBars(err())) {
                    entry = store.fetch(name, bars);
                }
                entries.add(entry);
                if (!there) out().printf("%s: %s from %s%n", name, size(entry.bytes()), entry.from());
            }
            result(entries);
        }
    }

    @Command(
            name = "verify",
            description = {
                "Compare the SHA-256 of every file of the cache (or of some datasets) with what it should be.",
                "The exit status is 1 if one differs."
            },
            footer = {"", "Example:", "  ./steepest data verify mnist"})
    static final class Verify extends Action {
        @Parameters(
                arity = "0..*",
                paramLabel = "DATASET",
                description = "The datasets to verify (default: those that are in the cache).")
        private List<String> names = new ArrayList<>();

        @Override
        public void run() {
            var store = store();
            var problems = new ArrayList<String>();
            var entries = new ArrayList<Entry>();
            for (String name : chosen(store, names, names.isEmpty())) {
                var entry = store.status(name);
                boolean absent = entry.state() == State.ABSENT;
                if (absent && names.isEmpty()) continue;
                entries.add(entry);
                if (absent) problems.add(name + " is not in " + entry.directory());
                else if (entry.state() == State.CORRUPT) problems.add(entry.problem());
                else out().printf("%s: %s, as it should be%n", name, size(entry.bytes()));
            }
            if (entries.isEmpty()) out().println("no dataset is in " + store.directory());
            result(entries);
            if (!problems.isEmpty()) throw new SteepestException(String.join("\nsteepest: ", problems));
        }
    }

    @Command(
            name = "delete",
            description = "Delete datasets from the cache.",
            footer = {"", "Example:", "  ./steepest data delete fashion-mnist"})
    static final class Delete extends Action {
        @Parameters(arity = "0..*", paramLabel = "DATASET", description = "The datasets to delete.")
        private List<String> names = new ArrayList<>();

        @Option(names = "--all", description = "All datasets.")
        private boolean all;

        @Override
        public void run() {
            var store = store();
            var entries = new ArrayList<Entry>();
            for (String name : chosen(store, names, all)) {
                boolean absent = store.status(name).state() == State.ABSENT;
                long bytes = store.delete(name);
                entries.add(store.status(name));
                out().println(absent ? name + ": was not there" : name + ": " + size(bytes) + " freed");
            }
            result(entries);
        }
    }
}
