package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.SteepestException;
import steepest.io.Json;

/**
 * Where results are kept: {@code results.jsonl}, a record on each line, to which lines are only ever added; {@code
 * networks/KEY}, a run directory each; {@code examples/KEY.npz}, some adversarial examples of an attack. A record reaches the
 * disk before the next is made. What a killed process left of a line is dropped: its cell was not finished.
 */
public final class Store implements AutoCloseable {
    private static final String RESULTS = "results.jsonl";

    private final Path directory;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final FileOutputStream out; // null: to be read only
    private final Map<String, JsonNode> byKey = new LinkedHashMap<>();

    private Store(Path directory, FileChannel lockFile, FileLock lock, FileOutputStream out) {
        this.directory = directory;
        this.lockFile = lockFile;
        this.lock = lock;
        this.out = out;
    }

    /**
     * Opens a store for one process alone, making it where there is none.
     *
     * @throws SteepestException if another process has it open, or it cannot be written, or a line is no record
     */
    public static Store open(Path directory) {
        Path file = directory.resolve(RESULTS);
        FileChannel lockFile = null;
        try {
            Files.createDirectories(directory);
            lockFile = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = lock(lockFile);
            if (lock == null)
                throw SteepestException.of(
                        "%s: expected to be alone, but another process works in this store", directory);
            if (Files.exists(file)) dropTorn(file);
            Store store = new Store(directory, lockFile, lock, new FileOutputStream(file.toFile(), true));
            for (JsonNode record : read(directory)) store.remember(record);
            return store;
        } catch (IOException e) {
            close(lockFile);
            throw SteepestException.io("open the store", directory, e);
        } catch (RuntimeException e) {
            close(lockFile);
            throw e;
        }
    }

    /** A store to look at, empty where there is none; what is appended to it is refused. */
    public static Store peek(Path directory) {
        Store store = new Store(directory, null, null, null);
        if (Files.exists(directory.resolve(RESULTS))) for (JsonNode record : read(directory)) store.remember(record);
        return store;
    }

    private static FileLock lock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // this process itself, from elsewhere
        }
    }

    private static void close(FileChannel file) {
        try {
            if (file != null) file.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Cuts a file after its last line feed. */
    private static void dropTorn(Path file) throws IOException {
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            long end = f.length();
            while (end > 0) {
                f.seek(end - 1);
                if (f.read() == '\n') break;
                end--;
            }
            if (end < f.length()) {
                f.setLength(end);
                f.getFD().sync();
            }
        }
    }

    /**
     * The records of a store, which may be open elsewhere; a torn last line is not one.
     *
     * @throws SteepestException if there is no store, or a line is no JSON, naming it
     */
    public static List<JsonNode> read(Path directory) {
        Path file = directory.resolve(RESULTS);
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
        List<JsonNode> records = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '\n') continue;
            records.add(Json.parse(file + ":" + (records.size() + 1), Arrays.copyOfRange(bytes, from, i)));
            from = i + 1;
        }
        return records;
    }

    private void remember(JsonNode record) {
        if (record.hasNonNull("key")) byKey.put(record.get("key").asText(), record);
    }

    /** The record of a finished cell; null if there is none. */
    public synchronized JsonNode find(String key) {
        return byKey.get(key);
    }

    /** The last record of each key, oldest first. */
    synchronized List<JsonNode> records() {
        return List.copyOf(byKey.values());
    }

    /** Adds a record; it is on the disk when this returns. */
    public synchronized void append(Map<String, ?> record) {
        if (out == null) throw SteepestException.of("%s: the store was opened to be read only", directory);
        byte[] line = (Json.line(record) + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            out.write(line); // in one piece
            out.getFD().sync();
        } catch (IOException e) {
            throw SteepestException.io("write", directory.resolve(RESULTS), e);
        }
        remember(Json.parse("record", line));
    }

    /** The run directory of a network. */
    public Path network(String key) {
        return directory.resolve("networks").resolve(key);
    }

    /** Where examples of an attack are kept. */
    public static Path examples(Path store, String key) {
        return store.resolve("examples").resolve(key + ".npz");
    }

    public Path directory() {
        return directory;
    }

    @Override
    public void close() {
        if (out == null) return;
        try {
            out.close();
            lock.release();
            lockFile.close();
        } catch (IOException e) {
            throw SteepestException.io("close the store", directory, e);
        }
    }
}
