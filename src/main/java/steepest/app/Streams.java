package steepest.app;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The standard streams of a program started from a terminal. */
final class Streams {
    private Streams() {}

    /**
     * Makes both streams speak UTF-8 whatever the locale, and takes up the descriptor that the launcher kept free of its
     * filter (property {@code steepest.stderr}) as standard error.
     */
    static void install() {
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new FileOutputStream(errors()), true, StandardCharsets.UTF_8));
    }

    /** Whether standard error is a terminal, on which a line can be drawn over. */
    static boolean terminal() {
        return Boolean.getBoolean("steepest.terminal");
    }

    /** How many characters a line of the terminal has; 100 where nobody told. */
    static int columns() {
        try {
            return Math.max(20, Integer.parseInt(System.getenv("COLUMNS")));
        } catch (NumberFormatException e) {
            return 100;
        }
    }

    private static FileDescriptor errors() {
        Integer number = Integer.getInteger("steepest.stderr");
        if (number == null) return FileDescriptor.err;
        try {
            var constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
            constructor.setAccessible(true);
            return constructor.newInstance(number);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return FileDescriptor.err; // the way through the filter: the same text, a moment later
        }
    }
}
