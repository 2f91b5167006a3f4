package steepest.app;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import steepest.io.Json;

/** The options that every command has: declared at the root, inherited by all. */
final class Common {
    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "End standard output with the result as one line of JSON.")
    private boolean json;

    // Read from the command line itself by Errors, which must know of it before this is parsed.
    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show the stack trace of an error.")
    private boolean debug;

    @Option(
            names = "--no-cache",
            scope = ScopeType.INHERIT,
            description = "Compile OpenCL kernels anew, and keep none of them on disk.")
    private boolean noCache;

    @Option(
            names = {"-h", "--help"},
            scope = ScopeType.INHERIT,
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean help;

    /** What has to be set before the command begins. */
    void apply() {
        if (noCache) System.setProperty("steepest.opencl.cache", "off");
    }

    /**
     * Ends a command: prints its profile where one is wanted, and its result as the last line of standard output where
     * {@code --json} asks for it.
     */
    static void result(CommandSpec command, Map<String, ?> fields) {
        var root = (Main) command.root().userObject();
        var out = command.commandLine().getOut();
        var all = new LinkedHashMap<String, Object>(fields);
        root.recording.tell(out, all);
        if (root.common.json) out.println(Json.line(all));
    }
}
