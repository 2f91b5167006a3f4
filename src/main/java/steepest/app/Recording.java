package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import steepest.Device;
import steepest.Device.Ceilings;
import steepest.Recorder;
import steepest.io.ChromeTrace;

/** The options that tell what a command does and how long each part of it takes; every command has them. */
final class Recording {
    @Option(
            names = "--trace",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Write what host and device do when, as a trace that ui.perfetto.dev shows.")
    private Path file;

    @Option(
            names = "--profile",
            scope = ScopeType.INHERIT,
            description = "Print how long each kernel and transfer takes, in all and for its work.")
    private boolean profile;

    private Recorder recorder; // null: nothing is recorded
    private boolean saved;

    /** Runs a command, recorded where that is asked for. The trace is written however the command ends. */
    int around(ParseResult parsed, IntSupplier command) {
        List<CommandLine> lines = parsed.asCommandLineList();
        boolean help = lines.stream().anyMatch(l -> l.isUsageHelpRequested() || l.isVersionHelpRequested());
        if (help || file == null && !profile) return command.getAsInt();
        CommandLine last = lines.get(lines.size() - 1);
        if (file != null) check(last);
        recorder = Recorder.start();
        Thread atInterrupt = new Thread(() -> save(last.getErr()), "trace");
        Runtime.getRuntime().addShutdownHook(atInterrupt);
        try {
            return Recorder.timed(last.getCommandName(), () -> command.getAsInt());
        } finally {
            recorder.close();
            save(last.getErr());
            forget(atInterrupt);
        }
    }

    /** A run may take hours: that its trace cannot be written is said before. */
    private void check(CommandLine line) {
        Path there = file.toAbsolutePath().getParent();
        while (there != null && !Files.exists(there)) there = there.getParent();
        if (file.toString().isBlank()
                || Files.isDirectory(file)
                || there == null
                || !Files.isDirectory(there)
                || !Files.isWritable(there))
            throw new ParameterException(line, "--trace: expected a file that can be written, got '" + file + "'");
    }

    /** Once: at the end, or when the JVM is shut down before. */
    private synchronized void save(PrintWriter err) {
        if (file == null || saved) return;
        saved = true;
        int spans = ChromeTrace.write(file, recorder);
        err.printf(
                Locale.ROOT,
                "steepest: trace of %,d spans in %s%s%n",
                spans,
                file,
                recorder.dropped() == 0
                        ? ""
                        : String.format(Locale.ROOT, " (%,d later ones were not kept)", recorder.dropped()));
        err.flush();
    }

    private static void forget(Thread atInterrupt) {
        try {
            Runtime.getRuntime().removeShutdownHook(atInterrupt);
        } catch (IllegalStateException e) {
            return; // it is running: the JVM ends
        }
    }

    /** Prints the profile where it is asked for, and adds it to the command's result. */
    void tell(PrintWriter out, Map<String, Object> fields) {
        if (!profile) return;
        recorder.close(); // before the ceilings are measured
        long nanos = System.nanoTime() - recorder.began();
        List<Recorder.Row> rows = recorder.rows();
        Map<String, Ceilings> ceilings = new HashMap<>();
        for (Recorder.Row r : rows)
            ceilings.computeIfAbsent(r.device(), d -> Device.of(d).ceilings());
        Profile of = new Profile(rows, nanos, ceilings);
        out.print(of.table());
        fields.put("profile", of.fields());
    }
}
