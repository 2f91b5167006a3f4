package steepest.data;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another program, run in a directory. */
final class Command {
    private static final boolean WINDOWS = File.separatorChar == '\\';

    private Command() {}

    /**
     * Runs a program to its end.
     *
     * @throws IOException in one line, if it is not installed, does not end in time or fails
     */
    static void run(Path directory, int timeoutSeconds, String... command) throws IOException {
        List<String> words = List.of(command);
        Path output = Files.createTempFile(directory, "output", ".txt");
        Process process;
        try {
            process = new ProcessBuilder(words)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new IOException(words.get(0) + " is not installed", e);
        }
        try {
            if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS))
                throw new IOException(String.join(" ", words) + " took longer than " + timeoutSeconds + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(String.join(" ", words) + " was interrupted", e);
        } finally {
            // Programs such as npm start others, which would go on writing into the directory.
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        if (process.exitValue() != 0)
            throw new IOException(
                    "%s failed (%d): %s".formatted(String.join(" ", words), process.exitValue(), lastLine(output)));
    }

    /** The name under which the system finds npm. */
    static String npm() {
        return WINDOWS ? "npm.cmd" : "npm";
    }

    private static String lastLine(Path output) throws IOException {
        String text = new String(Files.readAllBytes(output), java.nio.charset.StandardCharsets.UTF_8);
        List<String> lines = text.lines().filter(l -> !l.isBlank()).toList();
        return lines.isEmpty() ? "no output" : lines.get(lines.size() - 1).strip();
    }
}
