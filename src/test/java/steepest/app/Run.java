package steepest.app;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What a command of the command line printed, run in this JVM. */
record Run(int status, String out, String err) {
    static Run of(String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(new PrintWriter(out), new PrintWriter(err), args);
        return new Run(status, out.toString(), err.toString());
    }

    /** The command line that runs a command in a JVM of its own. */
    static List<String> command(List<String> flags, String... args) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // newer Java warns of what native bindings do, unless told that it is wanted
        if (Runtime.version().feature() >= 24)
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath(), "steepest.app.Main"));
        command.addAll(List.of(args));
        return command;
    }

    /** Where this JVM's classes come from; some launchers of tests have them in a loader of their own. */
    private static String classPath() {
        if (!(Run.class.getClassLoader() instanceof URLClassLoader loader))
            return System.getProperty("java.class.path");
        return Arrays.stream(loader.getURLs())
                .map(url -> new File(url.getPath()).getPath())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
