package steepest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;

class DatasetTest {
    private static final List<String> CLASSES = List.of("a", "b", "c");

    /** Seven samples [1,1,2]; sample i has pixels 10 i and 255 − i, and class i mod 3. */
    private static Dataset seven() {
        byte[] pixels = new byte[14];
        int[] labels = new int[7];
        for (int i = 0; i < 7; i++) {
            pixels[2 * i] = (byte) (10 * i);
            pixels[2 * i + 1] = (byte) (255 - i);
            labels[i] = i % 3;
        }
        return Dataset.ofBytes("seven", HostArray.of(DType.U8, pixels, Shape.of(7, 1, 1, 2)), 255, labels, CLASSES);
    }

    @Test
    void tellsWhatItHolds() {
        Dataset d = seven();
        assertThat(d.size()).isEqualTo(7);
        assertThat(d.sampleShape()).isEqualTo(Shape.of(1, 1, 2));
        assertThat(d.classCount()).isEqualTo(3);
        assertThat(d.classNames()).isEqualTo(CLASSES);
        assertThat(d.domain()).isEqualTo(new Dataset.Domain(0, 1));
        assertThat(d.label(4)).isEqualTo(1);
        assertThat(d).hasToString("seven: 7 samples [1,1,2], 3 classes");
    }

    @Test
    void everyByteBecomesItsExactlyRoundedQuotient() {
        byte[] pixels = new byte[256];
        for (int i = 0; i < 256; i++) pixels[i] = (byte) i;
        Dataset d = Dataset.ofBytes(
                "ramp", HostArray.of(DType.U8, pixels, Shape.of(1, 1, 16, 16)), 255, new int[1], CLASSES);
        float[] x = d.image(0).floats();
        for (int i = 0; i < 256; i++) assertThat(x[i]).isEqualTo(i / 255f);
        Dataset sixteenths = Dataset.ofBytes(
                "s", HostArray.of(DType.U8, new byte[] {0, 1, 16}, Shape.of(1, 1, 1, 3)), 16, new int[1], CLASSES);
        assertThat(sixteenths.image(0).floats()).containsExactly(0, 0.0625f, 1);
    }

    @Test
    void aBatchIsInTheOrderAskedFor() {
        Dataset.Batch b = seven().batch(5, 0, 5);
        assertThat(b.size()).isEqualTo(3);
        assertThat(b.x().spec()).isEqualTo(Spec.of(DType.F32, 3, 1, 1, 2));
        assertThat(b.x().toFloats()).containsExactly(50 / 255f, 250 / 255f, 0, 1, 50 / 255f, 250 / 255f);
        assertThat(b.y().toInts()).containsExactly(2, 0, 2);
        assertThat(b.index()).containsExactly(5, 0, 5);
    }

    @Test
    void theLastBatchMayBeSmaller() {
        List<Dataset.Batch> batches = seven().batches(3);
        assertThat(batches).hasSize(3);
        assertThat(batches).extracting(Dataset.Batch::size).containsExactly(3, 3, 1);
        assertThat(indices(batches)).containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(seven().batches(7)).hasSize(1);
        assertThat(seven().batches(Integer.MAX_VALUE)).hasSize(1);
    }

    @Test
    void shuffledIsAViewThatSeedAndEpochDetermine() {
        Dataset d = seven();
        List<Integer> first = indices(d.shuffled(1, 0).batches(2));
        assertThat(first).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6);
        assertThat(indices(d.shuffled(1, 0).batches(3))).isEqualTo(first);
        assertThat(indices(d.shuffled(1, 1).batches(2))).isNotEqualTo(first);
        assertThat(indices(d.shuffled(2, 0).batches(2))).isNotEqualTo(first);
        for (Dataset.Batch b : d.shuffled(1, 0).batches(2))
            for (int i = 0; i < b.size(); i++) {
                assertThat(b.x().toHost().get(2 * i)).isEqualTo(10 * b.index()[i] / 255f);
                assertThat(b.labels()[i]).isEqualTo(b.index()[i] % 3);
            }
        assertThat(indices(d.batches(7))).isSorted();
    }

    @Test
    void anothersSamplesStandBehind() {
        Dataset both = seven().select(6, 0).plus(seven().select(4));
        assertThat(both.size()).isEqualTo(3);
        Dataset.Batch b = both.batches(3).get(0);
        assertThat(b.x().toFloats()).containsExactly(60 / 255f, 249 / 255f, 0, 1, 40 / 255f, 251 / 255f);
        assertThat(b.labels()).containsExactly(0, 0, 1);
        assertThat(b.index()).containsExactly(0, 1, 2);
        HostArray wide = HostArray.of(new float[3], Shape.of(1, 1, 1, 3));
        assertThatThrownBy(() -> seven().plus(Dataset.ofFloats("wide", wide, new int[1], CLASSES)))
                .hasMessage(
                        "seven: expected more samples [1,1,2] of its classes, got wide: 1 samples [1,1,3], 3 classes");
        HostArray same = HostArray.of(new float[2], Shape.of(1, 1, 1, 2));
        assertThatThrownBy(() -> seven().plus(Dataset.ofFloats("other", same, new int[1], List.of("a", "b"))))
                .hasMessageContaining("got other: 1 samples [1,1,2], 2 classes");
    }

    @Test
    void limitOfAShuffleKeepsItsFirst() {
        Dataset shuffled = seven().shuffled(1, 0);
        assertThat(indices(shuffled.limit(3).batches(2)))
                .isEqualTo(indices(shuffled.batches(7)).subList(0, 3));
        assertThat(shuffled.limit(100).size()).isEqualTo(7);
    }

    @Test
    void floatsAreTakenAsTheyAre() {
        Dataset d = Dataset.ofFloats(
                "f", HostArray.of(new float[] {0.25f, 1, 0, 0.1f}, Shape.of(2, 1, 1, 2)), new int[] {1, 0}, CLASSES);
        assertThat(d.select(1, 0).batches(2).get(0).x().toFloats()).containsExactly(0, 0.1f, 0.25f, 1);
    }

    @Test
    void refusesWhatDoesNotFit() {
        HostArray image = HostArray.of(DType.U8, new byte[] {17}, Shape.of(1, 1, 1, 1));
        refused(
                () -> Dataset.ofBytes("d", image, 255, new int[2], CLASSES),
                "d: expected a label for each of 1 images, got 2");
        refused(
                () -> Dataset.ofBytes("d", image, 255, new int[] {3}, CLASSES),
                "d: expected labels in 0..2, found 3 at sample 0");
        refused(
                () -> Dataset.ofBytes("d", image, 255, new int[] {-1}, CLASSES),
                "d: expected labels in 0..2, found -1 at sample 0");
        refused(
                () -> Dataset.ofBytes("d", image, 16, new int[1], CLASSES),
                "d: expected pixels of at most 16, found 17 at element 0");
        refused(() -> Dataset.ofBytes("d", image, 0, new int[1], CLASSES), "d: white must be in 1..255, got 0");
        refused(
                () -> Dataset.ofBytes("d", image.reshape(Shape.of(1)), 255, new int[1], CLASSES),
                "d: expected images u8[N,C,H,W] with no empty axis, got u8[1]");
        refused(
                () -> Dataset.ofFloats("d", image, new int[1], CLASSES),
                "d: expected images f32[N,C,H,W] with no empty axis, got u8[1,1,1,1]");
        for (float bad : new float[] {-0.1f, 1.1f, Float.NaN})
            refused(
                    () -> Dataset.ofFloats(
                            "d", HostArray.of(new float[] {bad}, Shape.of(1, 1, 1, 1)), new int[1], CLASSES),
                    "d: expected pixels in [0, 1], found " + bad + " at element 0");
        refused(() -> seven().limit(0), "limit must be at least 1, got 0");
        refused(() -> seven().batches(0), "batch size must be at least 1, got 0");
        refused(() -> seven().image(7), "seven: sample 7 of 7 does not exist");
        refused(() -> seven().batch(-1), "seven: sample -1 of 7 does not exist");
        refused(() -> seven().select(), "seven: a selection needs at least one sample");
        assertThatThrownBy(() -> seven().batches(4).get(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static void refused(Runnable action, String message) {
        assertThatThrownBy(action::run).isInstanceOf(SteepestException.class).hasMessage(message);
    }

    private static List<Integer> indices(List<Dataset.Batch> batches) {
        List<Integer> all = new ArrayList<>();
        for (Dataset.Batch b : batches) for (int i : b.index()) all.add(i);
        return all;
    }
}
