package steepest.backend.cpu;

import steepest.Philox;
import steepest.Rng;
import steepest.backend.View;
import steepest.op.Random;

/** Kernels without inputs: counting and random bits. */
final class Sources {
    private Sources() {}

    static Run.Prepared iota(View out) {
        int n = out.shape().intSize();
        int o = (int) out.offset();
        return run -> {
            int[] y = run.ints(out);
            for (int i = 0; i < n; i++) y[o + i] = i;
        };
    }

    static Run.Prepared random(Random.Kind kind, View out, int key) {
        int n = out.shape().intSize();
        int o = (int) out.offset();
        int blocks = (n + 3) / 4;
        int tasks = OpKernels.tasks(blocks, 64);
        return run -> {
            Rng.Key k = run.arguments.keys()[key];
            int r = run.arguments.run();
            Object y = run.array(out);
            run.workers.run(tasks, (task, scratch) -> {
                int from = 4 * OpKernels.from(blocks, tasks, task);
                int to = (int) Math.min(n, 4L * OpKernels.from(blocks, tasks, task + 1));
                if (kind == Random.Kind.BITS) {
                    Philox.bits(k, r, from, to, (int[]) y, o + from);
                    return;
                }
                int[] bits = scratch.intTiles(1)[0];
                float[] u = (float[]) y;
                for (int i = from; i < to; i += bits.length) {
                    int end = Math.min(to, i + bits.length);
                    Philox.bits(k, r, i, end, bits, 0);
                    for (int j = i; j < end; j++) u[o + j] = Philox.uniform(bits[j - i]);
                }
            });
        };
    }
}
