package steepest.robust;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import steepest.DType;
import steepest.HostArray;
import steepest.Sha256;
import steepest.SteepestException;
import steepest.data.Dataset;
import steepest.io.Npz;

/**
 * Retraining on a fixed set: the samples, and beside them adversarial examples that were made before, shuffled together in
 * each epoch.
 *
 * @param file an npz of {@code x_adv} F32 {@code [M, C, H, W]} in the domain and their classes {@code y} I32 {@code [M]}; where
 *     {@code x} and {@code index} tell which samples they were made from, these must be the training's, since whoever learns
 *     from examples of the test samples has seen those
 * @param sha256 of the file, which the training is known by
 */
public record FixedSet(Path file, String sha256) {
    static final String NAME = "fixed-set";

    /** @throws SteepestException if the file cannot be read */
    static FixedSet of(Path file) {
        return new FixedSet(file, hash(file));
    }

    private static String hash(Path file) {
        var digest = Sha256.digest();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
        return Sha256.hex(digest);
    }

    /**
     * The examples.
     *
     * @param train what they are trained beside
     * @throws SteepestException naming file and array, if they are no examples for these samples, or the file is not the one
     *     it was
     */
    public Dataset examples(Dataset train) {
        Map<String, HostArray> arrays = Npz.read(file);
        HostArray x = array(arrays, "x_adv", DType.F32, 4);
        int[] y = array(arrays, "y", DType.I32, 1).ints();
        if (!x.shape().slice(1, 4).equals(train.sampleShape()))
            throw SteepestException.of(
                    "%s: x_adv: expected examples %s, as the samples of %s, found %s",
                    file, train.sampleShape(), train.name(), x.shape().slice(1, 4));
        Dataset examples = Dataset.ofFloats(file.toString(), x, y, train.classNames());
        if (arrays.containsKey("x") && arrays.containsKey("index"))
            checkOrigin(
                    train,
                    array(arrays, "x", DType.F32, 4),
                    array(arrays, "index", DType.I32, 1).ints());
        if (!hash(file).equals(sha256))
            throw SteepestException.of("%s: expected the file that was asked for, found it changed since", file);
        return examples;
    }

    private HostArray array(Map<String, HostArray> arrays, String name, DType dtype, int rank) {
        HostArray a = arrays.get(name);
        if (a == null)
            throw SteepestException.of(
                    "%s: expected the arrays x_adv and y, as attack --save writes them, found %s",
                    file, String.join(", ", arrays.keySet()));
        if (a.dtype() != dtype || a.shape().rank() != rank || a.size() == 0)
            throw SteepestException.of(
                    "%s: %s: expected %s%s, found %s", file, name, dtype, rank == 4 ? "[N,C,H,W]" : "[N]", a.spec());
        return a;
    }

    /** Samples beyond a limit are not looked at. */
    private void checkOrigin(Dataset train, HostArray x, int[] index) {
        int length = x.size() / x.shape().dim(0);
        for (int i = 0; i < Math.min(index.length, x.shape().dim(0)); i++) {
            if (index[i] < 0 || index[i] >= train.size()) continue;
            float[] sample = train.image(index[i]).floats();
            if (!Arrays.equals(sample, 0, sample.length, x.floats(), i * length, (i + 1) * length))
                throw SteepestException.of(
                        "%s: expected examples of the training samples of %s, but example %d was made from another image than"
                                + " sample %d; attack --split train makes them",
                        file, train.name(), i, index[i]);
        }
    }

    /** What the training is known by. */
    Map<String, Object> notes() {
        Map<String, Object> notes = new LinkedHashMap<>();
        notes.put("method", NAME);
        notes.put("examples", file.toString());
        notes.put("examples_sha256", sha256);
        return notes;
    }
}
