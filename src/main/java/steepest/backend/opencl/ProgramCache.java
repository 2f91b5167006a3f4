package steepest.backend.opencl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import steepest.AtomicFile;
import steepest.CacheDirectory;
import steepest.Sha256;
import steepest.SteepestException;

/**
 * Compiled programs on disk, by what they were compiled from. An entry is the SHA-256 of a binary, then the binary; it
 * appears under its name only when it is whole, and one that is damaged counts as missing. The cache is a convenience:
 * where it cannot be read or written, or the property {@code steepest.opencl.cache} is {@code off}, programs are compiled.
 */
final class ProgramCache {
    private static final int DIGEST_BYTES = 32;

    private final Path directory;

    ProgramCache(Path directory) {
        this.directory = directory;
    }

    /** The user's cache directory for programs. */
    static Path standard() {
        return CacheDirectory.of("opencl");
    }

    static String key(String... parts) {
        return Sha256.of(String.join("\0", parts).getBytes(StandardCharsets.UTF_8));
    }

    private static boolean off() {
        return "off".equals(System.getProperty("steepest.opencl.cache"));
    }

    Optional<byte[]> find(String key) {
        if (off()) return Optional.empty();
        try {
            byte[] entry = Files.readAllBytes(directory.resolve(key));
            if (entry.length <= DIGEST_BYTES) return Optional.empty();
            byte[] binary = Arrays.copyOfRange(entry, DIGEST_BYTES, entry.length);
            byte[] digest = Arrays.copyOf(entry, DIGEST_BYTES);
            return Sha256.of(binary).equals(HexFormat.of().formatHex(digest)) ? Optional.of(binary) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // most of all because there is none
        }
    }

    /** @return whether the entry could be written */
    boolean store(String key, byte[] binary) {
        if (off()) return false;
        byte[] digest = HexFormat.of().parseHex(Sha256.of(binary));
        try {
            AtomicFile.write(directory.resolve(key), out -> {
                out.write(digest);
                out.write(binary);
            });
            return true;
        } catch (SteepestException e) {
            return false;
        }
    }
}
