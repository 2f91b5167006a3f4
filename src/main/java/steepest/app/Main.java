package steepest.app;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command line: {@code steepest COMMAND …}. Exit status 0 where all went well, 2 where the command was not understood,
 * 1 for all else; every error is one line on standard error.
 */
@Command(
        name = "steepest",
        versionProvider = Main.Version.class,
        description = "Deep learning from scratch in Java: hand-written OpenCL kernels behind an autograd graph.",
        subcommands = {
            TrainCommand.class,
            EvalCommand.class,
            AttackCommand.class,
            CertifyCommand.class,
            ExperimentCommand.class,
            BenchCommand.class,
            DevicesCommand.class,
            DoctorCommand.class,
            SelfTestCommand.class,
            TuneCommand.class,
            DataCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {"", "Every command has --help with an example. A first one:", "  ./steepest train mnist"})
public final class Main implements Runnable {
    /** Columns of what --help prints. */
    static final int WIDTH = 100;

    @Spec
    private CommandSpec spec;

    @Mixin
    final Common common = new Common();

    @Mixin
    final Recording recording = new Recording();

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the versions of this program and of Java and exit.")
    private boolean version;

    public static void main(String[] args) {
        Streams.install();
        System.setProperty("java.awt.headless", "true"); // pictures are files here, whether there is a display or not
        System.exit(run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args));
    }

    /**
     * Runs one command with what it prints going to two writers.
     *
     * @return the exit status
     */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        var errors = new Errors(err, args);
        var main = new Main();
        var line = new CommandLine(main);
        line.setOut(out);
        line.setErr(err);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setAbbreviatedOptionsAllowed(false);
        line.setOverwrittenOptionsAllowed(true); // the last one counts, as elsewhere
        line.setUsageHelpAutoWidth(false);
        line.setUsageHelpWidth(WIDTH);
        Catalogue.into(line);
        line.setParameterExceptionHandler((e, ignored) -> errors.usage(e));
        line.setExecutionExceptionHandler((e, ignored, result) -> errors.failure(e));
        var last = new CommandLine.RunLast();
        line.setExecutionStrategy(parsed -> {
            main.common.apply();
            return main.recording.around(parsed, () -> last.execute(parsed));
        });
        try {
            return line.execute(args);
        } catch (
                Throwable
                        t) { // picocli hands exceptions to the handler above but lets errors, such as a full heap, pass
            return errors.failure(t);
        } finally {
            out.flush();
            err.flush();
        }
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is expected");
    }

    /** {@code steepest 0.1.0}, and the JVM it runs on. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                "steepest " + (version == null ? "(not packaged)" : version),
                "Java " + Runtime.version() + ", " + System.getProperty("os.name") + " " + System.getProperty("os.arch")
            };
        }
    }
}
