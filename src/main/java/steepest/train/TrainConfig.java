package steepest.train;

import java.util.ArrayList;
import java.util.List;
import steepest.Device;
import steepest.SteepestException;
import steepest.nn.Initializer;
import steepest.nn.Models;
import steepest.optim.Optimizers;
import steepest.optim.Schedule;

/**
 * All that determines a training run, and what {@code config.json} keeps of it. The same configuration, data and device
 * give the same weights, bit for bit.
 *
 * @param dataset a name for {@link steepest.data.Datasets}
 * @param model a name for {@link Models}
 * @param init where its weights begin, a name for {@link Initializer#of}; null for {@code he}
 * @param epochs how often all training samples are seen
 * @param batch samples in a step; an epoch's last batch may be smaller
 * @param optimizer a name for {@link Optimizers}
 * @param lr the highest learning rate
 * @param schedule how the rate goes on from there, a name for {@link Schedule#of}
 * @param seed of the initial weights, the order of samples and dropout
 * @param device a name for {@link Device#of}, or several with commas between, which share every batch
 * @param limit the most training samples that are used, and the most test samples; null for all
 */
public record TrainConfig(
        String dataset,
        String model,
        String init,
        int epochs,
        int batch,
        String optimizer,
        double lr,
        String schedule,
        long seed,
        String device,
        Integer limit) {

    /** @throws SteepestException naming what is out of range or unknown */
    public TrainConfig {
        if (!Models.names().contains(model))
            throw SteepestException.of("unknown model %s; there are %s", model, String.join(", ", Models.names()));
        init = init == null ? "he" : init; // runs from before there was a choice
        Initializer.of(init); // refuses what it does not know
        Optimizers.check(optimizer);
        if (epochs < 1) throw SteepestException.of("epochs: expected at least 1, got %d", epochs);
        if (batch < 1) throw SteepestException.of("batch: expected at least 1, got %d", batch);
        if (limit != null && limit < 1) throw SteepestException.of("limit: expected at least 1, got %d", limit);
        Schedule.of(schedule, lr, 1); // refuses what it cannot use
    }

    /** LeNet, 3 epochs, batch 64, Adam at 3e-3 falling linearly to 0, seed 0, the best device, all samples. */
    public static TrainConfig of(String dataset) {
        return new TrainConfig(dataset, "lenet", "he", 3, 64, "adam", 3e-3, "linear", 0, "auto", null);
    }

    /**
     * The devices, open. What is not divided among them, evaluation above all, is the first one's.
     *
     * @throws SteepestException if one does not exist, listing those that do, or is named twice
     */
    public List<Device> devices() {
        List<Device> all = new ArrayList<>();
        for (String name : device.split(",", -1)) {
            Device d = Device.of(name.strip());
            if (all.contains(d))
                throw SteepestException.of(
                        "device %s is named twice in %s", d.info().id(), device);
            all.add(d);
        }
        return all;
    }

    public TrainConfig withModel(String model) {
        return new TrainConfig(dataset, model, init, epochs, batch, optimizer, lr, schedule, seed, device, limit);
    }

    public TrainConfig withInit(String init) {
        return new TrainConfig(dataset, model, init, epochs, batch, optimizer, lr, schedule, seed, device, limit);
    }

    public TrainConfig withEpochs(int epochs) {
        return new TrainConfig(dataset, model, init, epochs, batch, optimizer, lr, schedule, seed, device, limit);
    }

    public TrainConfig withBatch(int batch) {
        return new TrainConfig(dataset, model, init, epochs, batch, optimizer, lr, schedule, seed, device, limit);
    }

    public TrainConfig withOptimizer(String optimizer) {
        return new TrainConfig(dataset, model, init, epochs, batch, optimizer, lr, schedule, seed, device, limit);
    }

    public TrainConfig withLr(double lr) {
        return new TrainConfig(dataset, model, init, epochs, batch, optimizer, lr, schedule, seed, device, limit);
    }

    public TrainConfig withSchedule(String schedule) {
        return new TrainConfig(dataset, model, init, epochs, batch, optimizer, lr, schedule, seed, device, limit);
    }

    public TrainConfig withSeed(long seed) {
        return new TrainConfig(dataset, model, init, epochs, batch, optimizer, lr, schedule, seed, device, limit);
    }

    public TrainConfig withDevice(String device) {
        return new TrainConfig(dataset, model, init, epochs, batch, optimizer, lr, schedule, seed, device, limit);
    }

    public TrainConfig withLimit(Integer limit) {
        return new TrainConfig(dataset, model, init, epochs, batch, optimizer, lr, schedule, seed, device, limit);
    }
}
