package steepest.backend.cpu;

import steepest.Philox;
import steepest.Rng;
import steepest.backend.View;
import steepest.op.Random;

/** Counting and random bits. */
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

    /** @param rows the number of each row, I32; null where rows have none, and the tensor is one row of number 0 */
    static Run.Prepared random(Random.Kind kind, View rows, View out, int key) {
        int n = out.shape().intSize();
        int o = (int) out.offset();
        int count = rows == null ? 1 : rows.shape().intSize();
        int width = n / Math.max(1, count);
        int blocks = (width + 3) / 4;
        int tasks = OpKernels.tasks((long) count * blocks, 64);
        return run -> {
            Rng.Key k = run.arguments.keys()[key];
            int r = run.arguments.run();
            Object y = run.array(out);
            int[] numbers = rows == null ? null : run.ints(rows);
            run.workers.run(tasks, (task, scratch) -> {
                int[] bits = scratch.intTiles(1)[0];
                int end = OpKernels.from((long) count * blocks, tasks, task + 1);
                for (int at = OpKernels.from((long) count * blocks, tasks, task); at < end; ) {
                    int row = at / blocks;
                    int block = at - row * blocks;
                    int more = Math.min(Math.min(end - at, blocks - block), bits.length / 4);
                    int number = numbers == null ? 0 : numbers[(int) rows.offset() + row];
                    int to = (int) Math.min(width, 4L * (block + more));
                    Philox.rowBits(k, r, number, 4 * block, to, bits, 0);
                    int length = to - 4 * block;
                    int start = o + row * width + 4 * block;
                    if (kind == Random.Kind.BITS) System.arraycopy(bits, 0, y, start, length);
                    else for (int j = 0; j < length; j++) ((float[]) y)[start + j] = Philox.uniform(bits[j]);
                    at += more;
                }
            });
        };
    }
}
