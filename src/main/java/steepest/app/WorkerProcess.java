package steepest.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import steepest.SteepestException;

/** A running process and the last of what it said on standard error. */
final class WorkerProcess {
    private static final String END = "";
    private static final int LOG_LINES = 12;

    private final Process process;
    private final PrintStream to;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Deque<String> log = new ArrayDeque<>();
    private final Thread logReader;

    /** Runs a class with arguments on the JVM that runs this, with the same flags. */
    static List<String> command(Class<?> main, String... arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments())
            if (!flag.startsWith("-Dsteepest.") && !flag.startsWith("-agentlib") && !flag.startsWith("-javaagent"))
                command.add(flag);
        // as they are now: options set some of them
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("steepest.")
                        && !name.equals("steepest.stderr")
                        && !name.equals("steepest.terminal"))
                .sorted()
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    WorkerProcess(List<String> command) {
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException e) {
            throw new SteepestException("cannot start a process for what a driver may crash: " + e.getMessage(), e);
        }
        to = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        follow(process.getInputStream(), line -> lines.add(line.isEmpty() ? " " : line), () -> lines.add(END));
        logReader = follow(process.getErrorStream(), this::log, () -> {});
    }

    private void log(String line) {
        if (line.startsWith("WARNING: Using incubator modules")) return;
        synchronized (log) {
            if (log.size() == LOG_LINES) log.poll();
            log.add(line);
        }
    }

    private static Thread follow(InputStream from, java.util.function.Consumer<String> each, Runnable atEnd) {
        var thread = new Thread(
                () -> {
                    try (var in = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                        in.lines().forEach(each);
                    } catch (IOException | java.io.UncheckedIOException e) {
                        each.accept("(unreadable: " + e.getMessage() + ")"); // a process that was ended
                    } finally {
                        atEnd.run();
                    }
                },
                "worker");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** A worker that is dead already is found out when it does not answer. */
    void say(String line) {
        to.println(line);
    }

    /** The next line; null if it has ended or does not speak in time. */
    String next(long nanos) {
        try {
            String line = lines.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
            return line == null || line.equals(END) ? null : line;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Ends it; what it had come to before, empty if it was still running. */
    String kill() {
        try {
            // one that has closed its output is about to end
            boolean ended = !process.isAlive() || lines.contains(END) || process.waitFor(1, TimeUnit.SECONDS);
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
            if (!ended) return "";
            logReader.join(1000);
            int status = process.exitValue();
            synchronized (log) {
                return "the process ended with status " + status
                        + (status > 128 ? " (signal " + (status - 128) + ")" : "")
                        + (log.isEmpty() ? "" : ":\n" + String.join("\n", log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }
}
