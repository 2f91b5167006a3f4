package steepest.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import steepest.selftest.SelfTest.Outcome;

/**
 * Has cases judged by workers, batch by batch. A worker that dies or hangs is replaced, and its batch is split until the
 * case is found that it dies of: that one fails, with the last that the worker said, and all others are judged.
 */
final class SelfTestSupervisor implements AutoCloseable {
    private static final JsonMapper MAPPER = new JsonMapper();

    private final List<String> command;
    private final long batchSeconds;
    private final SelfTestWorker.Judge here;
    private WorkerProcess worker;

    /**
     * @param command starts a worker
     * @param batchSeconds how long a batch may take
     */
    SelfTestSupervisor(List<String> command, long batchSeconds) {
        this.command = command;
        this.batchSeconds = batchSeconds;
        this.here = null;
    }

    /** Judges in this process, which sees and records all that its devices do, and ends if a driver crashes. */
    SelfTestSupervisor(SelfTestWorker.Judge here) {
        this.command = List.of();
        this.batchSeconds = 0;
        this.here = here;
    }

    /** A worker with its arguments. */
    static List<String> command(String... arguments) {
        return WorkerProcess.command(SelfTestWorker.class, arguments);
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
        if (here != null) {
            var judged = here.batch(batch.stream().mapToInt(Integer::intValue).toArray());
            for (int i = 0; judged.isPresent() && i < batch.size(); i++)
                outcomes.put(batch.get(i), judged.get().get(i));
            return judged.isPresent() ? null : "to be split";
        }
        if (worker == null) worker = new WorkerProcess(command);
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
}
