package steepest.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.Device;
import steepest.Recorder.Work;
import steepest.SteepestException;

/**
 * Times a workload on several devices in turns: each round takes a timing on every device, so that what disturbs the
 * machine for a while disturbs all of them. A time is the median of the rounds, a ratio the median of the rounds' ratios.
 */
public final class Bench {
    /** At most; slow work gets fewer. */
    private static final int ROUNDS = 9;

    private Bench() {}

    /**
     * A workload on a device.
     *
     * @param first seconds of the first run, which plans, builds and runs
     * @param seconds of one run when warm; the median of the rounds
     * @param fastest the fastest round
     * @param ratio how many times as fast as the first device, the median of the rounds
     * @param work what a run computes and moves, kernel by kernel
     * @param failure why there are no times; empty where there are
     */
    public record Result(
            String device,
            double first,
            double seconds,
            double fastest,
            double ratio,
            List<Work> work,
            String failure) {
        static Result failed(String device, String why) {
            return new Result(device, 0, 0, 0, 0, List.of(), why);
        }

        /** Operations of a run. */
        public double flops() {
            return work.stream().mapToDouble(Work::flops).sum();
        }

        /** Bytes that a run must move at least. */
        public double bytes() {
            return work.stream().mapToDouble(Work::bytes).sum();
        }

        /** The time that a device's ceilings allow, kernel by kernel, as a share of the time taken. */
        public double ofRoofline(Device.Ceilings ceilings) {
            return work.stream()
                            .mapToDouble(w -> ceilings.seconds(w.flops(), w.bytes()))
                            .sum()
                    / seconds;
        }
    }

    /**
     * Times one workload.
     *
     * @param seconds for each device
     * @return a result for each device that it could run on, in their order
     */
    public static List<Result> run(Workload workload, List<Device> devices, double seconds) {
        Map<Device, Stopwatch> watches = new LinkedHashMap<>();
        Map<Device, String> failures = new LinkedHashMap<>();
        try {
            for (Device d : devices) {
                try {
                    Stopwatch w = new Stopwatch(workload, d);
                    watches.put(d, w);
                    w.warmUp(seconds / 2, seconds / ROUNDS);
                } catch (SteepestException e) {
                    failures.put(d, e.getMessage());
                }
            }
            List<Stopwatch> all = watches.values().stream()
                    .filter(w -> !failures.containsKey(w.device))
                    .toList();
            List<double[]> rounds = rounds(all, seconds);
            List<Result> results = new ArrayList<>();
            for (Device d : devices) {
                int i = all.indexOf(watches.get(d));
                results.add(
                        i < 0
                                ? Result.failed(d.info().id(), failures.get(d))
                                : result(all.get(i), column(rounds, i), column(rounds, 0)));
            }
            return results;
        } finally {
            watches.values().forEach(Stopwatch::close);
        }
    }

    /** A timing of each in turn, again and again while there is time. */
    static List<double[]> rounds(List<Stopwatch> watches, double seconds) {
        List<double[]> rounds = new ArrayList<>();
        long begin = System.nanoTime();
        do {
            double[] round = new double[watches.size()];
            for (int i = 0; i < round.length; i++) round[i] = watches.get(i).time();
            rounds.add(round);
        } while (rounds.size() < ROUNDS && System.nanoTime() - begin < seconds * 1e9 * watches.size());
        return rounds;
    }

    private static double[] column(List<double[]> rounds, int i) {
        return rounds.stream().mapToDouble(r -> r[i]).toArray();
    }

    private static Result result(Stopwatch watch, double[] times, double[] against) {
        double[] ratios = new double[times.length];
        for (int i = 0; i < ratios.length; i++) ratios[i] = against[i] / times[i];
        double fastest = Double.POSITIVE_INFINITY;
        for (double t : times) fastest = Math.min(fastest, t);
        return new Result(
                watch.device.info().id(),
                watch.first,
                Stopwatch.median(times),
                fastest,
                Stopwatch.median(ratios),
                watch.session.work(),
                "");
    }
}
