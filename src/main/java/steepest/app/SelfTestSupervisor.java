package steepest.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import steepest.SteepestException;
import steepest.selftest.SelfTest.Outcome;

/**
 * Has cases judged by workers, batch by batch. A worker that dies or hangs is replaced, and its batch is split until the
 * case is found that it dies of: that one fails, with the last that the worker said, and all others are judged.
 */
final class SelfTestSupervisor implements AutoCloseable {
    private static final int LOG_LINES = 12;
    private static final JsonMapper MAPPER = new JsonMapper();

    private final List<String> command;
    private final long batchSeconds;
    private Worker worker;

    /**
     * @param command starts a worker
     * @param batchSeconds how long a batch may take
     */
    SelfTestSupervisor(List<String> command, long batchSeconds) {
        this.command = command;
        this.batchSeconds = batchSeconds;
    }

    /** A worker for a device, on the JVM that runs this, with the same flags. */
    static List<String> command(String device) {
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
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SelfTestWorker.class.getName(), device));
        return command;
    }

    /**
     * The outcomes of cases by their numbers.
     *
     * @param batch how many are judged at a time
     * @param progress told how many more are done
     */
    Map<Integer, Outcome> run(List<Integer> cases, int batch, IntConsumer progress) {
        var outcomes = new TreeMap<Integer, Outcome>();
        Deque<List<Integer>> waiting = new ArrayDeque<>();
        for (int i = 0; i < cases.size(); i += batch) waiting.add(cases.subList(i, Math.min(cases.size(), i + batch)));
        while (!waiting.isEmpty()) {
            List<Integer> next = waiting.poll();
            String trouble = attempt(next, outcomes);
            if (trouble == null) {
                progress.accept(next.size());
            } else if (next.size() == 1) {
                outcomes.put(next.get(0), Outcome.failed(trouble));
                progress.accept(1);
            } else {
                waiting.push(next.subList(next.size() / 2, next.size()));
                waiting.push(next.subList(0, next.size() / 2));
            }
        }
        return outcomes;
    }

    /** Judges a batch; null if that went well, else what happened. */
    private String attempt(List<Integer> batch, Map<Integer, Outcome> outcomes) {
        if (worker == null) worker = new Worker(command);
        worker.say(String.join(" ", batch.stream().map(String::valueOf).toList()));
        var answers = new TreeMap<Integer, Outcome>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(batchSeconds);
        while (true) {
            String line = worker.next(end - System.nanoTime());
            if (line == null) {
                String how = worker.kill();
                worker = null;
                return how.isEmpty() ? "no answer within " + batchSeconds + " s: ended" : how;
            }
            if (line.equals(SelfTestWorker.SPLIT)) return "to be split";
            if (line.startsWith(SelfTestWorker.CASE)) {
                var answer = parse(line.substring(SelfTestWorker.CASE.length()));
                answers.put(answer.index(), answer.outcome());
            }
            if (line.equals(SelfTestWorker.DONE)) {
                if (!answers.keySet().containsAll(batch))
                    throw new IllegalStateException("the worker judged " + answers.keySet() + " of " + batch);
                outcomes.putAll(answers);
                return null;
            }
        }
    }

    private static SelfTestWorker.Answer parse(String json) {
        try {
            return MAPPER.readValue(json, SelfTestWorker.Answer.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a worker said what is no answer: " + json, e);
        }
    }

    @Override
    public void close() {
        if (worker != null) worker.kill();
    }

    /** A running process and the last of what it said on standard error. */
    private static final class Worker {
        private static final String END = "";

        private final Process process;
        private final PrintStream to;
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private final Deque<String> log = new ArrayDeque<>();
        private final Thread logReader;

        Worker(List<String> command) {
            try {
                process = new ProcessBuilder(command).start();
            } catch (IOException e) {
                throw new SteepestException("selftest: cannot start a process to test in: " + e.getMessage(), e);
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
                    "selftest");
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
}
