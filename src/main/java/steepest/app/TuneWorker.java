package steepest.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.Device;
import steepest.Engine;
import steepest.HostArray;
import steepest.bench.Bench;
import steepest.bench.TuningSearch.Answer;
import steepest.bench.Workload;
import steepest.bench.Workloads;
import steepest.io.Json;
import steepest.selftest.OpCase;
import steepest.selftest.OpCases;
import steepest.selftest.SelfTest;

/**
 * Tries tuning tables in a process of its own, which a driver may crash: reads requests, a line of JSON each, and answers
 * with a line each. A table must give what the table that ships gives before it is timed, and pass the parity cases of its
 * family's ops if it is fast enough to be taken.
 */
final class TuneWorker {
    /** Begins the line of an answer. */
    static final String ANSWER = "steepest-tune ";

    /** How far results may lie apart, as a share of the largest: sums may be added up in another order. */
    private static final double TOLERANCE = 1e-4;

    /**
     * A table to be tried.
     *
     * @param seconds for each piece of work and device
     * @param proof the score from which it must pass the parity cases too
     */
    record Request(List<String> ops, List<String> work, JsonNode table, double seconds, double proof) {}

    private final String name;
    private final Device standard;
    private final Map<Workload, HostArray> expected = new HashMap<>();
    private final List<Workload> workloads = Workloads.all(1);

    private TuneWorker(String name) {
        this.name = name;
        standard = Engine.get()
                .open(name, Engine.get().tunables(name).orElseThrow().standard());
    }

    /** @param args the device's name */
    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var worker = new TuneWorker(args[0]);
        var mapper = new JsonMapper();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Answer answer;
            try {
                answer = worker.attempt(mapper.readValue(line, Request.class));
            } catch (RuntimeException e) { // whatever the driver does, other tables are still to be tried
                answer = Answer.failed(Errors.describe(e).lines().findFirst().orElse(""));
            }
            out.println(ANSWER + Json.line(answer));
        }
    }

    private Answer attempt(Request request) {
        try (Device tuned = Engine.get().open(name, request.table.toString())) {
            Map<String, Double> ratios = new LinkedHashMap<>();
            for (Workload w : workloads) {
                String label = w.family() + " " + w.name();
                if (request.work.stream().noneMatch(label::startsWith)) continue;
                if (!close(expected.computeIfAbsent(w, x -> result(x, standard)), result(w, tuned)))
                    return Answer.failed(label + ": another result than with the table that ships");
                List<Bench.Result> results = Bench.run(w, List.of(standard, tuned), request.seconds);
                for (Bench.Result r : results) if (!r.failure().isEmpty()) return Answer.failed(r.failure());
                ratios.put(label, results.get(1).ratio());
            }
            var answer = new Answer(ratios, "");
            return answer.score() < request.proof ? answer : proven(answer, request, tuned);
        }
    }

    private static Answer proven(Answer answer, Request request, Device tuned) {
        List<OpCase> cases =
                OpCases.all().stream().filter(c -> request.ops.contains(c.op())).toList();
        for (SelfTest.Outcome o : SelfTest.judge(tuned, Device.ref(), cases))
            if (o.verdict() == SelfTest.Verdict.FAILED) return Answer.failed(o.message());
        return answer;
    }

    private static HostArray result(Workload w, Device device) {
        try (Workload.Session session = w.on(device)) {
            return session.result();
        }
    }

    private static boolean close(HostArray a, HostArray b) {
        double most = 0;
        double apart = 0;
        for (int i = 0; i < a.size(); i++) {
            most = Math.max(most, Math.abs(a.get(i)));
            double d = Math.abs(a.get(i) - b.get(i));
            apart = Math.max(apart, Double.isNaN(d) ? Double.POSITIVE_INFINITY : d);
        }
        return apart <= TOLERANCE * most;
    }
}
