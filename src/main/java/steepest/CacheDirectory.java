package steepest;

import java.nio.file.Path;
import java.util.Locale;

/** Where what can be made again is kept between runs: the user's cache directory as the system has it. */
public final class CacheDirectory {
    private CacheDirectory() {}

    /**
     * The directory for one purpose; it need not exist. The property {@code steepest.cache} names another parent.
     *
     * @param purpose the last part of the path, such as {@code opencl} for compiled kernels
     */
    public static Path of(String purpose) {
        String named = System.getProperty("steepest.cache");
        if (named != null) return Path.of(named, purpose);
        String home = System.getProperty("user.home");
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String xdg = System.getenv("XDG_CACHE_HOME");
        String local = System.getenv("LOCALAPPDATA");
        Path base;
        if (os.contains("win") && local != null) base = Path.of(local);
        else if (os.contains("mac")) base = Path.of(home, "Library", "Caches");
        else if (xdg != null && !xdg.isEmpty()) base = Path.of(xdg);
        else base = Path.of(home, ".cache");
        return base.resolve("steepest").resolve(purpose);
    }
}
