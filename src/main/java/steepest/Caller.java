package steepest;

import java.security.CodeSource;
import java.util.function.Supplier;

/** Finds the line of user code that a mistake came from. */
public final class Caller {
    private static final StackWalker WALKER = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    private Caller() {}

    /** The same exception, its message ending in {@code at Class.method(File.java:line)} of the first caller outside this library. */
    public static SteepestException locate(SteepestException e) {
        if (e.getMessage().contains(".java:")) return e;
        CodeSource own = Caller.class.getProtectionDomain().getCodeSource();
        return WALKER.walk(frames ->
                        frames.filter(f -> isUsers(f.getDeclaringClass(), own)).findFirst())
                .map(f -> new SteepestException(
                        "%s at %s.%s(%s:%d)"
                                .formatted(
                                        e.getMessage(),
                                        f.getDeclaringClass().getSimpleName(),
                                        f.getMethodName(),
                                        f.getFileName(),
                                        f.getLineNumber()),
                        e))
                .orElse(e);
    }

    /** A value whose making may fail with the user's line. */
    static <T> T located(Supplier<T> value) {
        try {
            return value.get();
        } catch (SteepestException e) {
            throw locate(e);
        }
    }

    private static boolean isUsers(Class<?> c, CodeSource own) {
        CodeSource source = c.getProtectionDomain().getCodeSource();
        // classes of the JDK have no code source, or one that is not a file
        return source != null
                && source.getLocation() != null
                && own != null
                && source.getLocation().getProtocol().equals("file")
                && !source.getLocation().equals(own.getLocation());
    }
}
