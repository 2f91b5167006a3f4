package steepest.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import steepest.DType;
import steepest.Device;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Models;
import steepest.optim.Schedule;
import steepest.optim.Sgd;
import steepest.robust.RobustSettings;
import steepest.robust.RobustTraining;
import steepest.train.Objective;

/**
 * Training steps a second: {@code StepRate MODEL BATCH SECONDS DEVICE [ATTACK]}, the counterpart of the programs in {@code
 * bench/peers}. Plain SGD on eight fixed batches, or on the examples that so many steps of PGD make of them; the first 40 %
 * of the time warms up. Prints the median over half-second windows, in samples a second.
 */
public final class StepRate {
    private static final int BATCHES = 8;
    private static final int LEAST = 3; // windows, however slow the steps are

    private StepRate() {}

    public static void main(String[] args) {
        int batch = Integer.parseInt(args[1]);
        double seconds = Double.parseDouble(args[2]);
        Device device = Device.of(args[3]);
        Device.setDefault(device);
        int attack = args.length > 4 ? Integer.parseInt(args[4]) : 0;
        Objective objective = attack == 0
                ? Objective.natural()
                : RobustTraining.of(RobustSettings.of("pgd", 0.3, Dataset.Domain.UNIT)
                        .withSteps(attack)
                        .withStep(0.01));
        var net = Models.of(args[0], Shape.of(1, 28, 28), 10).init(Rng.seed(1));
        var sgd = new Sgd(net.params(), Schedule.constant(0.01));
        Rng rng = Rng.seed(2);
        List<Tensor> x = new ArrayList<>();
        List<Tensor> y = new ArrayList<>();
        for (int i = 0; i < BATCHES; i++) {
            x.add(rng.uniform(Shape.of(batch, 1, 28, 28)).evaluate());
            y.add(rng.uniform(Shape.of(batch)).mul(10).cast(DType.I32).evaluate());
        }
        List<Double> rates = new ArrayList<>();
        try (Program program = Program.of((in, labels, pass) ->
                        sgd.minimize(objective.apply(net, in, labels, pass).loss(), pass))
                .on(device)) {
            long begin = System.nanoTime();
            int step = 0;
            while (System.nanoTime() - begin < seconds * 1e9 || rates.size() < LEAST) {
                long window = System.nanoTime();
                int steps = 0;
                while (System.nanoTime() - window < 5e8) {
                    Tensor loss = program.call(x.get(step % BATCHES), y.get(step % BATCHES));
                    if (step % 20 == 0) loss.item();
                    step++;
                    steps++;
                }
                device.finish();
                double now = System.nanoTime();
                if (window - begin > seconds * 4e8) rates.add(steps * batch / ((now - window) / 1e9));
            }
        }
        Collections.sort(rates);
        System.out.printf(Locale.ROOT, "%.0f%n", rates.get(rates.size() / 2));
    }
}
