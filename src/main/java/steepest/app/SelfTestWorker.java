package steepest.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import steepest.Device;
import steepest.io.Json;
import steepest.selftest.LargeCases;
import steepest.selftest.OpCase;
import steepest.selftest.OpCases;
import steepest.selftest.SelfTest;
import steepest.selftest.SelfTest.Outcome;
import steepest.selftest.fuzz.Fuzzer;

/**
 * The process in which a device is tested: a driver that crashes takes this one with it and not the one that tells the
 * user. Each line of standard input is a batch, the numbers of its cases; the answer is one line of JSON for each case and
 * one that ends the batch. Where a batch of one case fails, so does the case; where a larger one does, the whole answer is
 * that it has to be split.
 */
final class SelfTestWorker {
    /** What the worker's own lines begin with: drivers print too. */
    static final String CASE = "steepest-selftest-case ";

    /** The argument behind which stand the MiB that large tensors are to have at least. */
    static final String LARGE = "large";

    static final String DONE = "steepest-selftest-done";
    static final String SPLIT = "steepest-selftest-split";

    /** A line of the answer. */
    record Answer(int index, Outcome outcome) {}

    private SelfTestWorker() {}

    /** What the cases of some numbers are called, and how they are judged. */
    record Judge(IntFunction<String> name, Function<int[], List<Outcome>> of) {
        /** @param args as those of {@link #main} behind the device's name */
        static Judge of(Device device, List<String> args) {
            if (args.isEmpty()) return table(device);
            return args.get(0).equals(LARGE)
                    ? large(device, Long.parseLong(args.get(1)) << 20)
                    : programs(device, Long.parseLong(args.get(0)));
        }

        /** The outcomes of a batch; empty where it has to be split. */
        Optional<List<Outcome>> batch(int[] batch) {
            try {
                return Optional.of(of.apply(batch));
            } catch (RuntimeException | Error e) { // whatever the device does, the other cases are still to be judged
                if (batch.length > 1) return Optional.empty();
                return Optional.of(List.of(Outcome.failed(name.apply(batch[0]) + ": " + Errors.describe(e))));
            }
        }
    }

    /**
     * @param args the device's name; where cases are random programs, the seed of number 0; where they are about large
     *     tensors, {@link #LARGE} and a size
     */
    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        String line;
        try (Device device = Device.of(args[0])) {
            Judge judge = Judge.of(device, List.of(args).subList(1, args.length));
            while ((line = in.readLine()) != null) {
                int[] batch = Arrays.stream(line.split(" "))
                        .mapToInt(Integer::parseInt)
                        .toArray();
                var outcomes = judge.batch(batch);
                for (int i = 0; outcomes.isPresent() && i < batch.length; i++)
                    out.println(
                            CASE + Json.line(new Answer(batch[i], outcomes.get().get(i))));
                out.println(outcomes.isPresent() ? DONE : SPLIT);
            }
        }
    }

    private static Judge table(Device device) {
        List<OpCase> all = OpCases.all();
        return new Judge(
                i -> all.get(i).name(),
                batch -> SelfTest.judge(
                        device,
                        Device.ref(),
                        Arrays.stream(batch).mapToObj(all::get).toList()));
    }

    private static Judge large(Device device, long bytes) {
        LargeCases cases = new LargeCases(bytes);
        return new Judge(
                i -> cases.cases().get(i).name(),
                batch -> Arrays.stream(batch)
                        .mapToObj(i -> cases.judge(device, i))
                        .toList());
    }

    private static Judge programs(Device device, long seed) {
        Fuzzer fuzzer = new Fuzzer(device, Device.ref());
        return new Judge(
                i -> "seed " + (seed + i),
                batch -> fuzzer.judge(
                        Arrays.stream(batch).mapToLong(i -> seed + i).toArray()));
    }
}
