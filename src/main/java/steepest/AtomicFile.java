package steepest;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

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

    private AtomicFile() {}

    /**
     * Writes {@code target}, making its directory where needed.
     *
     * @throws SteepestException naming the file and the reason if it cannot be written
     */
    public static void write(Path target, Body body) {
        try {
            if (Files.isDirectory(target)) throw new FileSystemException(target.toString(), null, "it is a directory");
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

    private static void writeThenRename(Path target, Body body) throws IOException {
        Path[] temporary = new Path[1];
        try (FileChannel channel = createBeside(target, temporary)) {
            // A body may close its stream, as one that wraps it in another does: the file is not done before the
            // rename.
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16) {
                @Override
                public void close() throws IOException {
                    flush();
                }
            };
            body.write(out);
            out.flush();
            channel.force(true);
            // Closed before the rename, which Windows refuses on an open file.
            channel.close();
            Files.move(temporary[0], target, StandardCopyOption.ATOMIC_MOVE);
            // The name is free again, and may be another writer's by now.
            temporary[0] = null;
        } finally {
            if (temporary[0] != null) Files.deleteIfExists(temporary[0]);
        }
    }

    /** A new file of an unused name; the process number keeps most names apart, CREATE_NEW all of them. */
    private static FileChannel createBeside(Path target, Path[] created) throws IOException {
        long pid = ProcessHandle.current().pid();
        for (int i = 0; ; i++) {
            Path candidate = target.resolveSibling("." + target.getFileName() + "." + pid + "." + i + ".tmp");
            try {
                FileChannel channel =
                        FileChannel.open(candidate, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                created[0] = candidate;
                return channel;
            } catch (FileAlreadyExistsException e) {
                // Another thread's, or left by a process that was killed: the next number is free.
                continue;
            }
        }
    }
}
