package steepest.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.UnknownHostException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import steepest.AtomicFile;
import steepest.Sha256;
import steepest.SteepestException;
import steepest.data.Source.Part;

/**
 * The cache of fetched datasets: a directory per dataset, its files raw or gzipped. Every file is verified by the SHA-256
 * of its raw bytes, when it is fetched and whenever it is used, and is written to a temporary name first: two processes
 * may fetch at once.
 *
 * <p>A dataset that is missing is looked for in its sources, one after the other: a directory of the system, public
 * mirrors, a package manager's client.
 */
public final class DataStore {
    /** How a dataset stands in the cache. */
    public enum State {
        CACHED,
        ABSENT,
        /** Some file is there that is not what it should be, or some are missing. */
        CORRUPT
    }

    /**
     * A dataset in the cache.
     *
     * @param bytes what its files take on disk
     * @param directory where they lie, or would
     * @param from what it was fetched from; empty if it is absent or was put there by hand
     * @param problem what is wrong with it if it is corrupt, naming the file, what was expected and what was found; else
     *     empty
     */
    public record Entry(String name, State state, long bytes, Path directory, String from, String problem) {}

    /** The name of the file that says where the others came from. */
    private static final String ORIGIN = "origin.txt";

    private final Path directory;
    private final List<Catalog> catalog;

    /** A cache in this directory, which need not exist. */
    public DataStore(Path directory) {
        this(directory, Catalog.ALL);
    }

    DataStore(Path directory, List<Catalog> catalog) {
        this.directory = directory;
        this.catalog = catalog;
    }

    /**
     * The user's cache: {@code $STEEPEST_DATA}, else {@code $XDG_CACHE_HOME/steepest}, else {@code ~/.cache/steepest}; on
     * Windows {@code %LOCALAPPDATA%\steepest}.
     */
    public static DataStore standard() {
        return new DataStore(standardDirectory(
                System.getenv(), System.getProperty("os.name", ""), System.getProperty("user.home", ".")));
    }

    static Path standardDirectory(Map<String, String> environment, String system, String home) {
        String own = environment.getOrDefault("STEEPEST_DATA", "");
        if (!own.isBlank()) return Path.of(own);
        String caches = environment.getOrDefault(system.startsWith("Windows") ? "LOCALAPPDATA" : "XDG_CACHE_HOME", "");
        return (caches.isBlank() ? Path.of(home, ".cache") : Path.of(caches)).resolve("steepest");
    }

    public Path directory() {
        return directory;
    }

    /** The datasets that can be fetched. */
    public List<String> names() {
        return catalog.stream().map(Catalog::name).toList();
    }

    /** How every dataset stands, each file read and verified. */
    public List<Entry> list() {
        return names().stream().map(this::status).toList();
    }

    /** How one dataset stands, each file read and verified. @throws SteepestException if there is none of that name */
    public Entry status(String name) {
        Catalog set = find(name);
        Path home = home(set);
        long bytes = 0;
        int present = 0;
        String problem = "";
        for (Part part : set.parts()) {
            Path file = Source.existing(home, part.file());
            if (file == null) continue;
            present++;
            try {
                bytes += Files.size(file);
            } catch (IOException e) {
                throw SteepestException.io("read", file, e);
            }
            if (problem.isEmpty()) problem = problem(file, part);
        }
        if (present == 0) return new Entry(name, State.ABSENT, 0, home, "", "");
        if (problem.isEmpty() && present < set.parts().size())
            problem = "%s: expected %d files, found %d"
                    .formatted(home, set.parts().size(), present);
        State state = problem.isEmpty() ? State.CACHED : State.CORRUPT;
        return new Entry(name, state, bytes, home, origin(home), problem);
    }

    /**
     * Verifies a dataset that should be in the cache.
     *
     * @throws SteepestException if it is absent, or naming the offending file, what was expected and what was found
     */
    public Entry verify(String name) {
        Entry entry = status(name);
        if (entry.state() == State.ABSENT)
            throw SteepestException.of("%s: expected it in %s, found nothing there", name, entry.directory());
        if (entry.state() == State.CORRUPT) throw new SteepestException(entry.problem());
        return entry;
    }

    /**
     * Makes sure that a dataset is in the cache, fetching what is missing and replacing what is corrupt.
     *
     * @throws SteepestException if no source has it, with what was tried and what to type; or if it cannot be written
     */
    public Entry fetch(String name, Progress progress) {
        Catalog set = find(name);
        List<Part> missing = new ArrayList<>();
        for (Part part : set.parts()) {
            Path file = Source.existing(home(set), part.file());
            if (file == null) missing.add(part);
            else if (!problem(file, part).isEmpty()) {
                delete(file);
                missing.add(part);
            }
        }
        return fetch(set, missing, progress);
    }

    /**
     * A file of a dataset, ready to be read: from the cache, or fetched. A corrupt file is refused, not replaced, as it may
     * be the user's.
     */
    Path file(String name, String part, Progress progress) {
        Catalog set = find(name);
        List<Part> missing = set.parts().stream()
                .filter(p -> Source.existing(home(set), p.file()) == null)
                .toList();
        fetch(set, missing, progress);
        Part wanted = set.parts().stream()
                .filter(p -> p.file().equals(part))
                .findFirst()
                .orElseThrow(() -> SteepestException.of("%s has no file %s", name, part));
        Path file = Source.existing(home(set), part);
        if (file == null)
            throw SteepestException.of(
                    "%s: expected %s, found nothing", name, home(set).resolve(part));
        String problem = problem(file, wanted);
        if (!problem.isEmpty())
            throw SteepestException.of("%s; fetch it anew with: ./steepest data fetch %s", problem, name);
        return file;
    }

    /**
     * Deletes a dataset from the cache.
     *
     * @return the bytes that it took
     * @throws SteepestException if there is none of that name or its files cannot be deleted
     */
    public long delete(String name) {
        Catalog set = find(name);
        Path home = home(set);
        long bytes = 0;
        Stream<String> files = set.parts().stream().map(Part::file).flatMap(f -> Stream.of(f, f + ".gz"));
        for (String file : Stream.concat(files, Stream.of(ORIGIN)).toList()) {
            Path path = home.resolve(file);
            try {
                if (Files.isRegularFile(path)) bytes += Files.size(path);
            } catch (IOException e) {
                throw SteepestException.io("read", path, e);
            }
            delete(path);
        }
        AtomicFile.deleteTemporary(home);
        try {
            Files.deleteIfExists(home);
        } catch (DirectoryNotEmptyException e) {
            // Somebody keeps other files there: they are not ours to delete.
            return bytes;
        } catch (IOException e) {
            throw SteepestException.io("delete", home, e);
        }
        return bytes;
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw SteepestException.io("delete", file, e);
        }
    }

    private Entry fetch(Catalog set, List<Part> wanted, Progress progress) {
        List<Part> missing = new ArrayList<>(wanted);
        List<String> tried = new ArrayList<>();
        for (Source source : set.sources()) {
            if (missing.isEmpty()) break;
            progress.update(set.name() + ": " + source.name(), 0, -1);
            int before = missing.size();
            try {
                source.fetch(List.copyOf(missing), (part, bytes) -> {
                    store(set, part, bytes, progress);
                    missing.remove(part);
                });
                if (!missing.isEmpty())
                    throw new IOException("no " + missing.get(0).file());
            } catch (IOException | BadBytes e) {
                tried.add(source.name() + ": " + reason(e));
            }
            if (missing.size() < before) AtomicFile.write(home(set).resolve(ORIGIN), source.name() + "\n");
        }
        if (!missing.isEmpty()) throw nowhere(set, tried);
        return new Entry(set.name(), State.CACHED, sizeOnDisk(set), home(set), origin(home(set)), "");
    }

    /** Takes no more than the bytes that the part should have, and keeps them only if they are the right ones. */
    private void store(Catalog set, Part part, InputStream bytes, Progress progress) {
        AtomicFile.write(home(set).resolve(part.file()), out -> {
            MessageDigest digest = Sha256.digest();
            long done = copy(
                    part, bytes, out, digest, (d) -> progress.update(set.name() + ": " + part.file(), d, part.bytes()));
            String problem = mismatch(part, done, digest);
            if (!problem.isEmpty()) throw new BadBytes(part.file() + ": " + problem);
        });
    }

    private interface Count {
        void update(long done);
    }

    private static long copy(Part part, InputStream source, OutputStream out, MessageDigest digest, Count count)
            throws IOException {
        byte[] buffer = new byte[1 << 16];
        long done = 0;
        InputStream in = null;
        while (done <= part.bytes()) {
            int n;
            try {
                if (in == null) in = Raw.unzipped(source);
                n = in.read(buffer);
            } catch (IOException e) {
                // Told apart from a failure to write, which no other source could mend.
                throw new BadBytes(part.file() + ": " + reason(e));
            }
            if (n < 0) break;
            out.write(buffer, 0, n);
            digest.update(buffer, 0, n);
            done += n;
            count.update(Math.min(done, part.bytes()));
        }
        return done;
    }

    /** What a source gave was not what it should be, or broke off. */
    private static final class BadBytes extends RuntimeException {
        BadBytes(String message) {
            super(message);
        }
    }

    private static String reason(Exception e) {
        if (e instanceof UnknownHostException) return "unknown host";
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** What is wrong with a file, or nothing. */
    private static String problem(Path file, Part part) {
        MessageDigest digest = Sha256.digest();
        try (InputStream in = Raw.open(file)) {
            byte[] buffer = new byte[1 << 16];
            long length = 0;
            for (int n; length <= part.bytes() && (n = in.read(buffer)) >= 0; length += n) digest.update(buffer, 0, n);
            String mismatch = mismatch(part, length, digest);
            return mismatch.isEmpty() ? "" : file + ": " + mismatch;
        } catch (EOFException | ZipException e) {
            return "%s: expected a whole gzip file, found one that is cut off or corrupt (%s)"
                    .formatted(file, e.getMessage());
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
    }

    private static String mismatch(Part part, long length, MessageDigest digest) {
        if (length > part.bytes()) return "expected %d bytes, found more".formatted(part.bytes());
        if (length < part.bytes()) return "expected %d bytes, found %d".formatted(part.bytes(), length);
        String found = Sha256.hex(digest);
        return found.equals(part.sha256()) ? "" : "expected SHA-256 %s, found %s".formatted(part.sha256(), found);
    }

    private SteepestException nowhere(Catalog set, List<String> tried) {
        String commands = set.commands().stream()
                .map(c -> "\n  " + c.replace("%s", home(set).toString()))
                .collect(Collectors.joining());
        String files = set.parts().stream().map(Part::file).collect(Collectors.joining(", "));
        return new SteepestException(
                "%s is not in %s and could not be fetched (%s); to have it by hand:%s\nor put %s there, plain or as .gz"
                        .formatted(set.name(), home(set), String.join("; ", tried), commands, files));
    }

    private long sizeOnDisk(Catalog set) {
        long bytes = 0;
        for (Part part : set.parts()) {
            Path file = Source.existing(home(set), part.file());
            try {
                bytes += file == null ? 0 : Files.size(file);
            } catch (IOException e) {
                throw SteepestException.io("read", file, e);
            }
        }
        return bytes;
    }

    private static String origin(Path home) {
        Path file = home.resolve(ORIGIN);
        try {
            return Files.isRegularFile(file) ? Files.readString(file).strip() : "";
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
    }

    private Path home(Catalog set) {
        return directory.resolve(set.name());
    }

    private Catalog find(String name) {
        return catalog.stream()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow(() -> SteepestException.of(
                        "unknown dataset '%s', expected one of %s", name, String.join(", ", names())));
    }
}
