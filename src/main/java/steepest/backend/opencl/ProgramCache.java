package steepest.backend.opencl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import steepest.AtomicFile;
import steepest.CacheDirectory;
import steepest.Sha256;
import steepest.SteepestException;

/**
 * Compiled programs on disk, by what they were compiled from. An entry is the SHA-256 of a binary, then the binary; it
 * appears under its name only when it is whole, and one that is damaged counts as missing. The cache is a convenience:
 * where it cannot be read or written, or the property {@code steepest.opencl.cache} is {@code off}, programs are compiled.
 * It grows to 256 MiB; then what has not been used for longest makes room.
 */
final class ProgramCache {
    private static final int DIGEST_BYTES = 32;
    private static final long MOST_BYTES = 256L << 20;
    /** What has not been written to for so long is of a process that was killed. */
    private static final Duration ABANDONED = Duration.ofHours(1);

    private final Path directory;
    private final long mostBytes;

    ProgramCache(Path directory) {
        this(directory, MOST_BYTES);
    }

    /** @param mostBytes that all entries together may have */
    ProgramCache(Path directory, long mostBytes) {
        this.directory = directory;
        this.mostBytes = mostBytes;
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
        Path file = directory.resolve(key);
        try {
            byte[] entry = Files.readAllBytes(file);
            if (entry.length <= DIGEST_BYTES) return Optional.empty();
            byte[] binary = Arrays.copyOfRange(entry, DIGEST_BYTES, entry.length);
            byte[] digest = Arrays.copyOf(entry, DIGEST_BYTES);
            if (!Sha256.of(binary).equals(HexFormat.of().formatHex(digest))) return Optional.empty();
            used(file);
            return Optional.of(binary);
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
        } catch (SteepestException e) {
            return false;
        }
        try {
            makeRoom();
        } catch (IOException | SteepestException e) {
            // another process will
        }
        return true;
    }

    /** The time of a file is that of its last use. */
    private static void used(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException e) {
            // it may belong to somebody else, and is good nonetheless
        }
    }

    private record Entry(Path file, FileTime used, long bytes) {}

    private void makeRoom() throws IOException {
        AtomicFile.deleteTemporary(directory, Instant.now().minus(ABANDONED));
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[!.]*")) {
            for (Path file : files) {
                try {
                    var a = Files.readAttributes(file, BasicFileAttributes.class);
                    if (a.isRegularFile()) entries.add(new Entry(file, a.lastModifiedTime(), a.size()));
                } catch (NoSuchFileException e) {
                    // another process makes room too
                }
            }
        }
        entries.sort(Comparator.comparing(Entry::used).reversed());
        long bytes = 0;
        for (Entry e : entries) {
            bytes += e.bytes;
            if (bytes > mostBytes) Files.deleteIfExists(e.file);
        }
    }
}
