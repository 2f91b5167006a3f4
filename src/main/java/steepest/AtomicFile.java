package steepest;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * Writes a file so that its name never shows half of it: the bytes go to a temporary name in the same directory, reach
 * the disk, and only then take the file's name. Whoever reads meanwhile, or after a crash or a full disk, finds the old
 * file or the new one. Two processes that write the same file do not disturb each other; the last one wins.
 */
public final class AtomicFile {
    /** Produces a file's contents. A runtime exception passes through to the caller after the temporary file is gone. */
    @FunctionalInterface
    public interface Body {
        void write(OutputStream out) throws IOException;
    }

    /** The name it will have, the process, a number. */
    private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.\\d+\\.\\d+\\.tmp");

    private AtomicFile() {}

    /**
     * Writes {@code target}, making its directory where needed.
     *
     * @throws SteepestException naming the file and the reason if it cannot be written
     */
    public static void write(Path target, Body body) {
        try {
            if (Files.isDirectory(target)) throw new FileSystemException(target.toString(), null, "it is a directory");
            if (Files.exists(target) && !Files.isRegularFile(target))
                throw new FileSystemException(target.toString(), null, "it is a device, a pipe or a socket");
            Path dir = target.toAbsolutePath().getParent();
            // Asked first, because createDirectories refuses a symbolic link to a directory.
            if (dir != null && !Files.isDirectory(dir)) Files.createDirectories(dir);
            writeThenRename(target, body);
        } catch (IOException e) {
            throw SteepestException.io("write", target, e);
        }
    }

    /** Writes bytes; see {@link #write(Path, Body)}. */
    public static void write(Path target, byte[] bytes) {
        write(target, out -> out.write(bytes));
    }

    /** Writes text in UTF-8; see {@link #write(Path, Body)}. */
    public static void write(Path target, String text) {
        write(target, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Deletes what killed processes left behind of files in this directory, if it exists. What a running process is
     * writing there goes with it.
     *
     * @throws SteepestException if one cannot be deleted
     */
    public static void deleteTemporary(Path directory) {
        deleteTemporary(directory, Instant.MAX);
    }

    /**
     * Deletes what killed processes left behind of files in this directory, if it exists, as far as nobody has written to it
     * since {@code before}.
     *
     * @throws SteepestException if one cannot be deleted
     */
    public static void deleteTemporary(Path directory, Instant before) {
        if (!Files.isDirectory(directory)) return;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, ".*.tmp")) {
            for (Path file : files)
                if (TEMPORARY.matcher(file.getFileName().toString()).matches() && older(file, before))
                    Files.deleteIfExists(file);
        } catch (IOException e) {
            throw SteepestException.io("delete temporary files in", directory, e);
        }
    }

    private static boolean older(Path file, Instant than) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant().isBefore(than);
        } catch (NoSuchFileException e) {
            return false; // it has its name by now
        }
    }

    private static void writeThenRename(Path target, Body body) throws IOException {
        Path temporary = createBeside(target);
        try {
            // Not a channel: those fail in an interrupted thread, and what is left after Ctrl-C must be saved.
            try (FileOutputStream file = new FileOutputStream(temporary.toFile())) {
                OutputStream out = new BodyStream(file);
                body.write(out);
                out.flush();
                file.getFD().sync();
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException | Error e) {
            // Only here: after the rename the name is free, and may be another writer's.
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

    /** A new file of an unused name; the process number keeps most names apart, and an existing one is never taken. */
    private static Path createBeside(Path target) throws IOException {
        long pid = ProcessHandle.current().pid();
        for (int i = 0; ; i++) {
            Path candidate = target.resolveSibling("." + target.getFileName() + "." + pid + "." + i + ".tmp");
            try {
                return Files.createFile(candidate);
            } catch (FileAlreadyExistsException e) {
                // Another thread's, or left by a process that was killed: the next number is free.
                continue;
            }
        }
    }

    /** Buffered; closing it only flushes, since the file is not done before it has reached the disk. */
    private static final class BodyStream extends BufferedOutputStream {
        BodyStream(OutputStream file) {
            super(file, 1 << 16);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
