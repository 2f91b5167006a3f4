package steepest.backend.cpu;

import steepest.Device;
import steepest.backend.Rate;

/** How fast the processor is at best, with all threads: chains of multiply-adds in registers, and a long copy. */
final class CpuCeilings {
    /** 64 MiB each way: more than caches hold. */
    private static final int FLOATS = 1 << 24;

    private static final int STRETCHES = 64;

    private CpuCeilings() {}

    static Device.Ceilings measure(Workers workers, Lanes lanes) {
        int threads = workers.threads();
        float[][] chains = new float[threads][1024];
        double operations = threads * (double) lanes.multiplyAdds(chains[0], 0.999f, 0.001f);
        double flops = Rate.best(
                operations,
                threads * (lanes.bits() == 0 ? 0.5e9 : 2e9),
                rounds -> workers.run(threads, (thread, scratch) -> {
                    for (int i = 0; i < rounds; i++) lanes.multiplyAdds(chains[thread], 0.999f, 0.001f);
                }));
        float[] from = new float[FLOATS];
        float[] to = new float[FLOATS];
        int stretch = FLOATS / STRETCHES;
        double bytes = Rate.best(2.0 * Float.BYTES * FLOATS, 0, rounds -> {
            for (int i = 0; i < rounds; i++)
                workers.run(STRETCHES, (s, scratch) -> System.arraycopy(from, s * stretch, to, s * stretch, stretch));
        });
        return new Device.Ceilings(flops, bytes);
    }
}
