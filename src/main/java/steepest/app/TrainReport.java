package steepest.app;

import java.io.PrintWriter;
import java.util.Locale;
import steepest.DeviceInfo;
import steepest.nn.Summary;
import steepest.train.TrainConfig;
import steepest.train.TrainListener;

/** Tells how a training goes: the model and a line for each epoch on standard output, a bar on standard error. */
final class TrainReport implements TrainListener, AutoCloseable {
    private final PrintWriter out;
    private final PrintWriter err;
    private final TrainConfig config;
    private Bar bar;

    TrainReport(PrintWriter out, PrintWriter err, TrainConfig config) {
        this.out = out;
        this.err = err;
        this.config = config;
    }

    @Override
    public void started(Summary summary, DeviceInfo device, long steps) {
        out.printf(
                Locale.ROOT,
                "%s on %s: %s of up to %s, on %s (%s)%n",
                config.model(),
                config.dataset(),
                Quantities.count(steps, "step"),
                Quantities.count(config.batch(), "sample"),
                device.id(),
                device.name());
        summary.lines().forEach(out::println);
        out.flush();
        bar = new Bar(err, "training", steps, "", 1);
        bar.say("building kernels");
    }

    @Override
    public void running() {
        bar.say("");
    }

    @Override
    public void progress(Progress p) {
        bar.to(p.step());
        bar.say(String.format(
                Locale.ROOT,
                "epoch %d/%d  loss %.4f  acc %.1f %%  %,.0f samples/s",
                p.epoch(),
                p.epochs(),
                p.loss(),
                100 * p.accuracy(),
                p.samplesPerSecond()));
    }

    @Override
    public void epoch(Epoch e) {
        bar.above(() -> {
            out.printf(
                    Locale.ROOT,
                    "epoch %d/%d: training loss %.4f, accuracy %.2f %%; test loss %.4f, accuracy %.2f %%; %,.0f samples/s%n",
                    e.epoch(),
                    config.epochs(),
                    e.trainLoss(),
                    100 * e.trainAccuracy(),
                    e.test().loss(),
                    100 * e.test().accuracy(),
                    e.samplesPerSecond());
            out.flush();
        });
    }

    @Override
    public void close() {
        if (bar != null) bar.close();
    }
}
