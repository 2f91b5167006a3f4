package steepest.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import steepest.SteepestException;

/** Says what went wrong in one line, {@code steepest: …}; the stack trace comes only with {@code --debug}. */
final class Errors {
    private final PrintWriter err;
    private final boolean debug;

    Errors(PrintWriter err, String... args) {
        this.err = err;
        // Not asked of the parser: it may be the parser that failed.
        this.debug = Arrays.asList(args).contains("--debug");
    }

    /** A command that was not understood: exit status 2. */
    int usage(ParameterException e) {
        say(oneLine(usageMessage(e)) + hint(e.getCommandLine()));
        if (debug) e.printStackTrace(err);
        return CommandLine.ExitCode.USAGE;
    }

    /** A command that failed: exit status 1. */
    int failure(Throwable t) {
        say(describe(t));
        if (debug) t.printStackTrace(err);
        return CommandLine.ExitCode.SOFTWARE;
    }

    private void say(String message) {
        err.println("steepest: " + message.strip());
        err.flush();
    }

    private static String oneLine(String message) {
        return message.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    private static String hint(CommandLine command) {
        return " (see " + command.getCommandSpec().qualifiedName() + " --help)";
    }

    private static String usageMessage(ParameterException e) {
        if (!(e instanceof UnmatchedArgumentException u) || u.getUnmatched().isEmpty()) return e.getMessage();
        var command = u.getCommandLine();
        String word = u.getUnmatched().get(0);
        if (word.startsWith("-")) {
            String name = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
            var names = new ArrayList<String>();
            for (var option : command.getCommandSpec().options()) names.addAll(List.of(option.names()));
            return "unknown option '" + name + "'" + Closest.suggestion(name, names);
        }
        if (!command.getSubcommands().isEmpty())
            return "unknown command '" + word + "'"
                    + Closest.suggestion(word, command.getSubcommands().keySet());
        return "unexpected argument '" + word + "'";
    }

    /** One line for a user; what is not an error of theirs says where it happened. */
    static String describe(Throwable t) {
        // Our own messages are as they were meant: some list commands to type below the line that tells the error.
        if (t instanceof SteepestException) return String.valueOf(t.getMessage());
        if (t instanceof OutOfMemoryError) return outOfMemory(t);
        if (t instanceof UncheckedIOException u) return describe(u.getCause());
        if (t instanceof IOException e) return describe(e);
        var where = Arrays.stream(t.getStackTrace())
                .filter(frame -> frame.getClassName().startsWith("steepest."))
                .findFirst();
        return "internal error: " + oneLine(t.toString())
                + where.map(frame -> " at " + frame).orElse("") + " (--debug shows the whole trace)";
    }

    private static String outOfMemory(Throwable t) {
        return String.format(
                Locale.ROOT,
                "out of memory (%s): the JVM may use %d MiB; give it more, as in STEEPEST_JAVA_OPTS=-Xmx8g ./steepest …, "
                        + "or take a smaller batch",
                t.getMessage(),
                Runtime.getRuntime().maxMemory() >> 20);
    }

    private static String describe(IOException e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        if (message.contains("No space left on device") || message.contains("not enough space on the disk"))
            return "the disk is full: " + message;
        if (message.contains("Disk quota exceeded")) return "the disk quota is used up: " + message;
        return e instanceof FileSystemException f && f.getFile() != null
                ? SteepestException.io("use", Path.of(f.getFile()), e).getMessage()
                : message;
    }
}
