package steepest.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

/**
 * Datasets by name.
 *
 * <ul>
 *   <li>{@code mnist}: handwritten digits, {@code [1, 28, 28]}, 60,000 and 10,000;
 *   <li>{@code fashion-mnist}: articles of clothing, {@code [1, 28, 28]}, 60,000 and 10,000;
 *   <li>{@code digits}: small handwritten digits, {@code [1, 8, 8]}, 1,437 and 360; the set has no split of its own, so
 *       its 1,797 samples are dealt out once and for all, by a shuffle with seed 0, epoch 0;
 *   <li>{@code idx:DIR}: one's own images and labels as IDX files, plain or gzipped: {@code train-images*},
 *       {@code train-labels*}, and {@code t10k-} or {@code test-images*}, {@code -labels*}.
 * </ul>
 */
public final class Datasets {
    private static final String IDX = "idx:";
    private static final int DIGITS = 1797;
    private static final int DIGITS_TRAIN = 1437;

    private Datasets() {}

    /** What can be given to {@link #load}. */
    public static List<String> names() {
        return List.of("mnist", "fashion-mnist", "digits", "idx:DIR");
    }

    /** Loads from the user's cache, or fetches into it; see {@link #load(String, Split, DataStore, Progress)}. */
    public static Dataset load(String name, Split split) {
        return load(name, split, DataStore.standard(), Progress.NONE);
    }

    /**
     * Loads a dataset.
     *
     * @throws SteepestException if there is none of that name (listing those there are); if it can neither be found nor
     *     fetched; or if a file is not what it should be, naming the file, what was expected and what was found
     */
    public static Dataset load(String name, Split split, DataStore store, Progress progress) {
        if (name.startsWith(IDX)) return ownIdx(name, Path.of(name.substring(IDX.length())), split);
        return switch (name) {
            case "mnist" -> idx(name, split, classes(10), store, progress);
            case "fashion-mnist" ->
                idx(
                        name,
                        split,
                        List.of(
                                "T-shirt/top",
                                "Trouser",
                                "Pullover",
                                "Dress",
                                "Coat",
                                "Sandal",
                                "Shirt",
                                "Sneaker",
                                "Bag",
                                "Ankle boot"),
                        store,
                        progress);
            case "digits" -> digits(split, store, progress);
            default ->
                throw SteepestException.of(
                        "unknown dataset '%s', expected one of %s", name, String.join(", ", names()));
        };
    }

    private static Dataset idx(String name, Split split, List<String> classNames, DataStore store, Progress progress) {
        String prefix = split == Split.TRAIN ? "train" : "t10k";
        Path images = store.file(name, prefix + "-images-idx3-ubyte", progress);
        Path labels = store.file(name, prefix + "-labels-idx1-ubyte", progress);
        return dataset(name, images, labels, classNames);
    }

    /** The classes are those of the training labels, whichever half is asked for. */
    private static Dataset ownIdx(String name, Path directory, Split split) {
        if (!Files.isDirectory(directory))
            throw SteepestException.of("%s: expected a directory of IDX files, found none at %s", name, directory);
        Path trainLabels = only(directory, "train-labels");
        int last = Arrays.stream(labels(trainLabels)).max().orElse(-1);
        if (last < 0) throw SteepestException.of("%s: expected at least one label, found none", trainLabels);
        Path images =
                split == Split.TRAIN ? only(directory, "train-images") : only(directory, "t10k-images", "test-images");
        Path labels = split == Split.TRAIN ? trainLabels : only(directory, "t10k-labels", "test-labels");
        return dataset(name, images, labels, classes(last + 1));
    }

    private static Path only(Path directory, String... prefixes) {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> found = files.filter(f -> Stream.of(prefixes)
                            .anyMatch(p -> f.getFileName().toString().startsWith(p)))
                    .sorted()
                    .toList();
            if (found.size() != 1)
                throw SteepestException.of(
                        "%s: expected one file %s*, found %s",
                        directory,
                        String.join("* or ", prefixes),
                        found.isEmpty()
                                ? "none"
                                : found.stream()
                                        .map(f -> f.getFileName().toString())
                                        .toList());
            return found.get(0);
        } catch (IOException e) {
            throw SteepestException.io("read", directory, e);
        }
    }

    private static Dataset dataset(String name, Path imageFile, Path labelFile, List<String> classNames) {
        HostArray images = Idx.readImages(imageFile);
        int[] labels = labels(labelFile);
        int n = images.shape().dim(0);
        if (images.size() == 0)
            throw SteepestException.of("%s: expected at least one image, found u8%s", imageFile, images.shape());
        if (labels.length != n)
            throw SteepestException.of(
                    "%s: expected %d labels, one for each image of %s, found %d",
                    labelFile, n, imageFile, labels.length);
        for (int i = 0; i < n; i++)
            if (labels[i] >= classNames.size())
                throw SteepestException.of(
                        "%s: expected labels in 0..%d, found %d at sample %d",
                        labelFile, classNames.size() - 1, labels[i], i);
        return Dataset.ofBytes(name, images.reshape(images.shape().insert(1, 1)), 255, labels, classNames);
    }

    private static int[] labels(Path file) {
        byte[] bytes = Idx.readLabels(file).bytes();
        int[] labels = new int[bytes.length];
        for (int i = 0; i < labels.length; i++) labels[i] = bytes[i] & 0xff;
        return labels;
    }

    private static List<String> classes(int n) {
        return IntStream.range(0, n).mapToObj(Integer::toString).toList();
    }

    /** A line for each image: 64 pixels of 0 to 16, then the digit. */
    private static Dataset digits(Split split, DataStore store, Progress progress) {
        Path file = store.file("digits", "digits.csv", progress);
        String text;
        try (InputStream in = Raw.open(file)) {
            text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
        int[] order = Permutation.of(DIGITS, 0, 0);
        int[] chosen = split == Split.TRAIN
                ? Arrays.copyOfRange(order, 0, DIGITS_TRAIN)
                : Arrays.copyOfRange(order, DIGITS_TRAIN, DIGITS);
        String[] lines = text.split("\n");
        byte[] pixels = new byte[chosen.length * 64];
        int[] labels = new int[chosen.length];
        for (int i = 0; i < chosen.length; i++) {
            String[] numbers = lines[chosen[i]].split(",");
            for (int j = 0; j < 64; j++) pixels[i * 64 + j] = (byte) Integer.parseInt(numbers[j]);
            labels[i] = Integer.parseInt(numbers[64]);
        }
        HostArray images = HostArray.of(DType.U8, pixels, Shape.of(chosen.length, 1, 8, 8));
        return Dataset.ofBytes("digits", images, 16, labels, classes(10));
    }
}
