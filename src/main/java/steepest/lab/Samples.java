package steepest.lab;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.List;
import steepest.Sha256;
import steepest.data.Dataset;
import steepest.data.Split;

/**
 * The samples of one dataset.
 *
 * @param hash SHA-256 of all pixels and classes, training samples first
 */
record Samples(Dataset train, Dataset test, String hash) {
    /** @param limit the first so many of each set; null for all */
    static Samples load(Experiment.Data data, String name, Integer limit) {
        Dataset train = data.load(name, Split.TRAIN);
        Dataset test = data.load(name, Split.TEST);
        Dataset few = limit == null ? train : train.limit(limit);
        Dataset fewTests = limit == null ? test : test.limit(limit);
        MessageDigest digest = Sha256.digest();
        for (Dataset d : List.of(few, fewTests))
            for (Dataset.Batch b : d.batches(1024)) {
                float[] x = b.x().toFloats();
                ByteBuffer bytes =
                        ByteBuffer.allocate(4 * (x.length + b.size())).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(x);
                bytes.position(4 * x.length);
                bytes.asIntBuffer().put(b.labels());
                digest.update(bytes.array());
            }
        return new Samples(few, fewTests, Sha256.hex(digest));
    }
}
