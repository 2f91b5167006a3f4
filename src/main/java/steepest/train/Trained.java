package steepest.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.data.Dataset;
import steepest.io.Safetensors;
import steepest.nn.Models;
import steepest.nn.Sequential;
import steepest.nn.Weights;

/**
 * A network with what must be known to use it, as it lies in {@code model.safetensors}: the tensors by name, the rest in
 * the file's metadata.
 *
 * @param name of its architecture, see {@link Models}
 * @param dataset it was trained on
 * @param sample the shape of an input, {@code [C, H, W]}
 * @param classes how many it tells apart
 * @param domain the interval in which its inputs lie
 * @param interrupted whether its training was stopped early
 */
public record Trained(
        Sequential model,
        String name,
        String dataset,
        Shape sample,
        int classes,
        Dataset.Domain domain,
        boolean interrupted) {
    private static final String FILE = "model.safetensors";
    /** No picture has a longer side, and three of these still multiply within a long. */
    private static final int MAX_SIZE = 1 << 20;

    /** Writes the file. @throws SteepestException if it cannot be written */
    void save(Path file) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "steepest");
        metadata.put("model", name);
        metadata.put("dataset", dataset);
        metadata.put("sample_shape", joined(sample));
        metadata.put("classes", Integer.toString(classes));
        metadata.put("input_domain", domain.low() + "," + domain.high());
        metadata.put("interrupted", Boolean.toString(interrupted));
        Safetensors.write(file, Weights.of(model), metadata);
    }

    /**
     * Reads a network from a run directory, or from its {@code model.safetensors}.
     *
     * @throws SteepestException if there is none, or what it says of itself is incomplete, or its tensors are not exactly
     *     those of the model that it names
     */
    public static Trained load(Path run) {
        Path file = Files.isDirectory(run) ? run.resolve(FILE) : run;
        if (!Files.isRegularFile(file))
            throw SteepestException.of("%s: expected a run directory with a %s, or such a file, found none", run, FILE);
        Safetensors.Contents contents = Safetensors.read(file);
        Map<String, String> metadata = contents.metadata();
        String name = entry(file, metadata, "model");
        Shape sample = Shape.of(sizes(file, metadata, "sample_shape", 3));
        int classes = sizes(file, metadata, "classes", 1)[0];
        double[] domain = numbers(file, metadata, "input_domain", 2);
        Sequential model = Models.of(name, sample, classes);
        // before memory is taken for what the metadata claim
        long held =
                contents.tensors().values().stream().mapToLong(HostArray::size).sum();
        if (model.parameters() > 2 * held + 1000)
            throw SteepestException.of(
                    "%s: %s for samples %s and %d classes has %d parameters; the file holds %d",
                    file, name, sample, classes, model.parameters(), held);
        model.init(Rng.seed(0));
        Weights.load(model, contents.tensors(), file.toString());
        return new Trained(
                model,
                name,
                entry(file, metadata, "dataset"),
                sample,
                classes,
                new Dataset.Domain((float) domain[0], (float) domain[1]),
                Boolean.parseBoolean(metadata.get("interrupted")));
    }

    private static String entry(Path file, Map<String, String> metadata, String key) {
        String value = metadata.get(key);
        if (value == null)
            throw SteepestException.of(
                    "%s: expected metadata '%s', found only %s (was it written by steepest train?)",
                    file, key, metadata.keySet());
        return value;
    }

    private static double[] numbers(Path file, Map<String, String> metadata, String key, int count) {
        String text = entry(file, metadata, key);
        String[] parts = text.split(",", -1);
        double[] numbers = new double[parts.length];
        boolean good = parts.length == count;
        try {
            for (int i = 0; i < parts.length; i++) numbers[i] = Double.parseDouble(parts[i]);
        } catch (NumberFormatException e) {
            good = false;
        }
        if (!good) throw SteepestException.of("%s: expected '%s' to be %d numbers, found '%s'", file, key, count, text);
        return numbers;
    }

    private static int[] sizes(Path file, Map<String, String> metadata, String key, int count) {
        double[] numbers = numbers(file, metadata, key, count);
        for (double d : numbers)
            if (d != Math.rint(d) || d < 1 || d > MAX_SIZE)
                throw SteepestException.of(
                        "%s: expected '%s' to be whole numbers from 1 to %d, found '%s'",
                        file, key, MAX_SIZE, metadata.get(key));
        return Arrays.stream(numbers).mapToInt(d -> (int) d).toArray();
    }

    private static String joined(Shape shape) {
        return Arrays.stream(shape.dims()).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    /** @throws SteepestException if samples, classes or domain of a dataset are not those that the network was made for */
    public void check(Dataset data) {
        if (!data.sampleShape().equals(sample) || data.classCount() != classes)
            throw SteepestException.of(
                    "this %s was trained on %s, samples %s of %d classes; %s has samples %s of %d classes",
                    name, dataset, sample, classes, data.name(), data.sampleShape(), data.classCount());
        if (!data.domain().equals(domain))
            throw SteepestException.of(
                    "this %s takes inputs in [%s, %s]; those of %s are in [%s, %s]",
                    name,
                    domain.low(),
                    domain.high(),
                    data.name(),
                    data.domain().low(),
                    data.domain().high());
    }
}
