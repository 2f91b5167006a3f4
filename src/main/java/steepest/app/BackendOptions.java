package steepest.app;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How devices are reached; to be applied before the first device is asked for. */
final class BackendOptions {
    @Option(
            names = "--binding",
            paramLabel = "NAME",
            description =
                    "The Java binding to OpenCL, lwjgl or jocl (default: lwjgl, or the property steepest.binding).")
    private String binding;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of the device cpu (default: one for each processor). The results are the same bits.")
    private Integer threads;

    @Option(
            names = "--no-tuning",
            description = "Use the tuning table that ships for OpenCL devices, not one that tune has written.")
    private boolean noTuning;

    /** @throws ParameterException if a value is not one of those there are */
    void apply(CommandSpec command) {
        if (binding != null) {
            Names.check(command, "binding", binding, List.of("lwjgl", "jocl"));
            System.setProperty("steepest.binding", binding);
        }
        if (noTuning) System.setProperty("steepest.tuning", "off");
        if (threads != null) {
            if (threads < 1 || threads > 1024)
                throw new ParameterException(
                        command.commandLine(), "threads: expected a number from 1 to 1024, got " + threads);
            System.setProperty("steepest.threads", Integer.toString(threads));
        }
    }
}
