package steepest.attack;

import java.util.Arrays;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;
import steepest.data.Dataset;

/**
 * Samples under attack.
 *
 * @param x F32 {@code [N, …]}, in the model's domain
 * @param y the true classes, {@code [N]}
 * @param index each sample's number in its dataset, which its random bits hang on, {@code [N]}
 */
public record Samples(HostArray x, int[] y, int[] index) {
    public Samples {
        int n = x.shape().rank() == 0 ? -1 : x.shape().dim(0);
        if (x.shape().rank() < 2 || y.length != n || index.length != n)
            throw SteepestException.of(
                    "samples: expected x [N,…] with N classes and N indices, got %s, %d and %d",
                    x.spec(), y.length, index.length);
    }

    public static Samples of(Dataset.Batch batch) {
        return new Samples(batch.x().toHost(), batch.labels(), batch.index());
    }

    public int size() {
        return y.length;
    }

    /** The number of elements of a sample. */
    public int length() {
        return (int) x.shape().slice(1, x.shape().rank()).size();
    }

    /** The samples at {@code places}, in that order. */
    public Samples select(int... places) {
        return new Samples(
                rows(x, places),
                Arrays.stream(places).map(i -> y[i]).toArray(),
                Arrays.stream(places).map(i -> index[i]).toArray());
    }

    /** Rows {@code places} of an F32 array {@code [N, …]}. */
    static HostArray rows(HostArray a, int... places) {
        int n = a.shape().dim(0) == 0 ? 0 : a.size() / a.shape().dim(0);
        float[] to = new float[n * places.length];
        for (int i = 0; i < places.length; i++) System.arraycopy(a.floats(), places[i] * n, to, i * n, n);
        Shape shape = a.shape().with(0, places.length);
        return HostArray.of(to, shape);
    }
}
