package steepest.plan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.nn.Layers;
import steepest.nn.Losses;
import steepest.nn.Sequential;
import steepest.optim.Sgd;

/** A long training loop in a JVM of its own, which prints what the device and the process hold after each fifth. */
final class SteadyLoop {
    private static final int BATCH = 4;

    private SteadyLoop() {}

    /** @param args the device's name, and how many steps */
    public static void main(String[] args) throws Exception {
        Device device = Device.of(args[0]);
        int steps = Integer.parseInt(args[1]);
        Sequential net = Sequential.of(Layers.dense(6, 5), Layers.relu(), Layers.dense(5, 3))
                .init(Rng.seed(1));
        Sgd sgd = new Sgd(net.params(), 0.01);
        try (Program step = Program.of((x, y, pass) -> sgd.minimize(Losses.crossEntropy(net.apply(x, pass), y), pass))
                .on(device)) {
            StringBuilder live = new StringBuilder("live");
            StringBuilder resident = new StringBuilder("resident");
            for (int s = 0; s < steps; s += steps / 5) {
                train(step, s, s + steps / 5);
                live.append(' ').append(settled(device));
                resident.append(' ').append(resident());
            }
            System.out.println(live);
            System.out.println(resident);
        }
    }

    private static void train(Program step, int from, int steps) {
        for (int s = from; s < from + steps; s++) {
            float[] x = new float[BATCH * 6];
            int[] y = new int[BATCH];
            for (int i = 0; i < x.length; i++) x[i] = (s * 31 + i * 7) % 11 - 5;
            for (int i = 0; i < BATCH; i++) y[i] = (s + i) % 3;
            double loss = step.call(
                            steepest.Tensor.of(HostArray.of(x, Shape.of(BATCH, 6))),
                            steepest.Tensor.of(HostArray.of(y, Shape.of(BATCH))))
                    .item();
            if (!Double.isFinite(loss)) throw new IllegalStateException("the loss is " + loss + " at step " + s);
        }
    }

    /** Live bytes when all that is unreachable has been given back. */
    private static long settled(Device device) throws InterruptedException {
        device.finish();
        long live = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            System.gc();
            Thread.sleep(50);
            live = Math.min(live, device.liveBytes());
        }
        return live;
    }

    /** Bytes of the process that lie in memory. */
    private static long resident() throws IOException {
        String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
        return Long.parseLong(pages[1]) * 4096;
    }
}
