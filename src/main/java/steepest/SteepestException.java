package steepest;

/**
 * A mistake in what the library was given, told in one line: what was expected and what came. The command line prints
 * the message alone and exits non-zero; the stack trace is shown only with {@code --debug}.
 */
public class SteepestException extends RuntimeException {
    public SteepestException(String message) {
        super(message);
    }

    public SteepestException(String message, Throwable cause) {
        super(message, cause);
    }

    /** An exception whose message is put together as {@link String#format} does. */
    public static SteepestException of(String format, Object... args) {
        return new SteepestException(String.format(java.util.Locale.ROOT, format, args));
    }
}
