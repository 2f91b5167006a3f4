package steepest.data;

import java.io.BufferedInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** The raw bytes of a file, whether it lies there plain or gzipped. Told by the first two bytes, not by the name. */
final class Raw {
    private Raw() {}

    static InputStream open(Path file) throws IOException {
        if (Files.isDirectory(file)) throw new IOException("it is a directory");
        if (!Files.exists(file)) throw new NoSuchFileException(file.toString());
        InputStream in = new FileInputStream(file.toFile());
        try {
            return unzipped(in);
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    static InputStream unzipped(InputStream in) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
        buffered.mark(2);
        boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
        buffered.reset();
        return gzip ? new GZIPInputStream(buffered, 1 << 16) : buffered;
    }
}
