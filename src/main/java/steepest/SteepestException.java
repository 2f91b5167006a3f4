package steepest;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

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
        return new SteepestException(String.format(Locale.ROOT, format, args));
    }

    /**
     * An exception that tells a failed file operation in one line: {@code cannot write runs/a.npy: no space left on
     * device}.
     *
     * @param action what was tried, as after "cannot": {@code "read"}, {@code "write"}, …
     */
    public static SteepestException io(String action, Path file, IOException cause) {
        return new SteepestException("cannot " + action + " " + file + ": " + reason(file, cause), cause);
    }

    private static String reason(Path file, IOException cause) {
        if (cause instanceof FileSystemException f) {
            String culprit = f.getFile() == null || f.getFile().equals(file.toString()) ? "" : " (" + f.getFile() + ")";
            if (f instanceof NoSuchFileException) return "no such file or directory" + culprit;
            if (f instanceof AccessDeniedException) return "permission denied" + culprit;
            if (f instanceof FileAlreadyExistsException) return "a file of that name is in the way" + culprit;
            if (f.getReason() != null) return uncapitalised(f.getReason()) + culprit;
        }
        String message = cause.getMessage();
        return message == null
                ? cause.getClass().getSimpleName()
                : uncapitalised(message.lines().findFirst().orElse(""));
    }

    private static String uncapitalised(String s) {
        // The system's own messages begin with a capital; acronyms keep theirs.
        boolean sentence = s.length() > 1 && Character.isUpperCase(s.charAt(0)) && Character.isLowerCase(s.charAt(1));
        return sentence ? Character.toLowerCase(s.charAt(0)) + s.substring(1) : s;
    }
}
