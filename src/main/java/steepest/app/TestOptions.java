package steepest.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import steepest.Device;
import steepest.data.Dataset;
import steepest.data.Split;
import steepest.io.WeightsHash;
import steepest.nn.Weights;
import steepest.train.Trained;

/** A trained network, and the test samples that a command puts it to. */
final class TestOptions {
    @Parameters(index = "0", paramLabel = "RUN_DIR", description = "A directory that train has written.")
    Path directory;

    @Parameters(index = "1", paramLabel = "DATASET", description = "mnist, fashion-mnist, digits or idx:DIR.")
    String dataset;

    @Option(names = "--limit", paramLabel = "N", description = "Use only the first N samples.")
    private Integer limit;

    @Mixin
    private DeviceOptions device;

    @Mixin
    private DataOptions data;

    /** What the options name. */
    record Subject(Trained trained, Dataset test, Device device) {}

    /** @throws ParameterException if something is wrong that can be seen without reading anything */
    void check(CommandSpec spec) {
        DataOptions.checkLoadable(spec, dataset);
        if (limit != null && limit < 1)
            throw new ParameterException(spec.commandLine(), "limit: expected at least 1, got " + limit);
    }

    /** Opens the device, reads network and samples, and sees to it that they fit. */
    Subject open(CommandSpec spec) {
        return open(spec, Split.TEST);
    }

    /** As {@link #open(CommandSpec)}, with the samples of a split. */
    Subject open(CommandSpec spec, Split split) {
        Device on = Device.of(device.name(spec));
        Trained trained = Trained.load(directory);
        Dataset all = data.load(dataset, split, spec.commandLine().getErr());
        Dataset test = limit == null ? all : all.limit(limit);
        trained.check(test);
        if (!trained.dataset().equals(dataset))
            spec.commandLine()
                    .getErr()
                    .printf(
                            "steepest: %s was trained on %s, and is tested on %s%n",
                            directory, trained.dataset(), dataset);
        return new Subject(trained, test, on);
    }

    /** Where the network lies, whether it was named by its directory or its file. */
    Path home() {
        if (Files.isDirectory(directory)) return directory;
        Path parent = directory.getParent();
        return parent == null ? Path.of("") : parent;
    }

    /** What was tested, with which weights, on what. */
    Map<String, Object> fields(String command, Subject subject) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("command", command);
        fields.put("dataset", dataset);
        fields.put("model", subject.trained.name());
        fields.put("device", subject.device.info().id());
        fields.put("binding", subject.device.info().binding());
        fields.put("weights_sha256", WeightsHash.sha256(Weights.of(subject.trained.model())));
        fields.put("run_dir", directory.toString());
        return fields;
    }
}
