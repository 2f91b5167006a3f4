package steepest.train;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.AtomicFile;
import steepest.DeviceInfo;
import steepest.SteepestException;
import steepest.data.Dataset;
import steepest.io.Json;
import steepest.optim.DataParallel;

/**
 * Where a run is kept: {@code config.json}, all that is needed to repeat it; {@code metrics.jsonl}, a line for every few
 * steps, every epoch and the end; {@code model.safetensors}, the network (see {@link Trained}), saved after every epoch. A
 * new run in the directory of an old one takes its place.
 */
final class RunDirectory implements AutoCloseable {
    private final Path directory;
    private final Path metricsFile;
    private final Writer metrics;

    private RunDirectory(Path directory, Path metricsFile, Writer metrics) {
        this.directory = directory;
        this.metricsFile = metricsFile;
        this.metrics = metrics;
    }

    /** @throws SteepestException in one line, if the directory cannot be written to */
    static RunDirectory create(
            Path directory,
            TrainConfig config,
            Map<String, ?> notes,
            Dataset train,
            Dataset test,
            List<DeviceInfo> devices) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("config", config);
        all.putAll(notes);
        all.put("train_samples", train.size());
        all.put("test_samples", test.size());
        all.put("sample_shape", train.sampleShape().dims());
        all.put("classes", train.classNames());
        Map<String, Object> ran = fields(DeviceInfo.together(devices));
        if (devices.size() > 1) ran.put("devices", shares(devices, config.batch()));
        all.put("ran_on", ran);
        String version = RunDirectory.class.getPackage().getImplementationVersion();
        all.put("steepest", version == null ? "unpackaged" : version);
        all.put("java", System.getProperty("java.runtime.version"));
        try {
            // an old model or picture beside a new configuration would be a lie
            for (String old : List.of("model.safetensors", "loss.png", "confusion.png"))
                Files.deleteIfExists(directory.resolve(old));
        } catch (IOException e) {
            throw SteepestException.io("write to", directory, e);
        }
        AtomicFile.write(directory.resolve("config.json"), Json.pretty(all));
        Path file = directory.resolve("metrics.jsonl");
        try {
            return new RunDirectory(directory, file, Files.newBufferedWriter(file));
        } catch (IOException e) {
            throw SteepestException.io("write", file, e);
        }
    }

    /** The devices, each with its samples of a whole batch. */
    private static List<Map<String, Object>> shares(List<DeviceInfo> devices, int batch) {
        int[] sizes = DataParallel.sizes(batch, devices.size());
        List<Map<String, Object>> all = new ArrayList<>();
        for (int k = 0; k < devices.size(); k++) {
            Map<String, Object> fields = fields(devices.get(k));
            fields.put("batch", k < sizes.length ? sizes[k] : 0);
            all.add(fields);
        }
        return all;
    }

    private static Map<String, Object> fields(DeviceInfo device) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("device", device.id());
        fields.put("name", device.name());
        fields.put("version", device.version());
        fields.put("binding", device.binding());
        return fields;
    }

    void progress(TrainListener.Progress p) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", "step");
        line.put("epoch", p.epoch());
        line.put("step", p.step());
        line.put("samples", p.samples());
        line.put("train_loss", p.loss());
        line.put("train_accuracy", p.accuracy());
        line.put("samples_per_second", p.samplesPerSecond());
        append(line);
    }

    void epoch(TrainListener.Epoch e) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", "epoch");
        line.put("epoch", e.epoch());
        line.put("step", e.step());
        line.put("train_loss", e.trainLoss());
        line.put("train_accuracy", e.trainAccuracy());
        line.put("test_loss", e.test().loss());
        line.put("test_accuracy", e.test().accuracy());
        line.put("samples_per_second", e.samplesPerSecond());
        append(line);
    }

    void end(TrainResult r) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", "end");
        line.put("interrupted", r.interrupted());
        line.put("step", r.steps());
        line.put("test_loss", r.test().map(Evaluation::loss).orElse(null));
        line.put("test_accuracy", r.test().map(Evaluation::accuracy).orElse(null));
        line.put("confusion", r.test().map(Evaluation::confusion).orElse(null));
        line.put("samples_per_second", r.samplesPerSecond());
        if (r.shares().size() > 1) line.put("devices", r.shareFields());
        line.put("seconds", r.seconds());
        line.put("weights_sha256", r.weightsSha256());
        append(line);
    }

    /** A line at a time reaches the file, so that a run can be watched and a killed one leaves what it had. */
    private void append(Map<String, Object> line) {
        try {
            metrics.write(Json.line(line) + "\n");
            metrics.flush();
        } catch (IOException e) {
            throw SteepestException.io("write", metricsFile, e);
        }
    }

    void save(Trained trained) {
        trained.save(directory.resolve("model.safetensors"));
    }

    @Override
    public void close() {
        try {
            metrics.close();
        } catch (IOException e) {
            throw SteepestException.io("write", metricsFile, e);
        }
    }
}
