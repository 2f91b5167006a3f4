package steepest.viz;

import java.util.Arrays;
import java.util.List;
import steepest.SteepestException;

/** Counts of (true class, predicted class), checked, with the sums that its picture and its text show. */
record Confusion(long[][] counts, List<String> names) {
    Confusion {
        if (counts.length == 0)
            throw SteepestException.of("confusion matrix: at least one class is expected, got none");
        if (names.size() != counts.length)
            throw SteepestException.of("confusion matrix: %d classes but %d class names", counts.length, names.size());
        for (int i = 0; i < counts.length; i++) {
            if (counts[i].length != counts.length)
                throw SteepestException.of(
                        "confusion matrix: row %d has %d entries, %d were expected",
                        i, counts[i].length, counts.length);
            for (long n : counts[i])
                if (n < 0) throw SteepestException.of("confusion matrix: row %d holds a negative count, %d", i, n);
        }
        counts = Arrays.stream(counts).map(long[]::clone).toArray(long[][]::new);
        names = List.copyOf(names);
    }

    int size() {
        return counts.length;
    }

    /** How many samples are of a class. */
    long truth(int row) {
        return Arrays.stream(counts[row]).sum();
    }

    /** How many samples were taken for a class. */
    long predicted(int column) {
        return Arrays.stream(counts).mapToLong(row -> row[column]).sum();
    }

    long total() {
        return Arrays.stream(counts).flatMapToLong(Arrays::stream).sum();
    }

    long right() {
        long n = 0;
        for (int i = 0; i < counts.length; i++) n += counts[i][i];
        return n;
    }

    /** The part of a class that was found; NaN for a class without samples. */
    double recall(int row) {
        return (double) counts[row][row] / truth(row);
    }

    /** The part of what was taken for a class that is of it; NaN for a class that was never predicted. */
    double precision(int column) {
        return (double) counts[column][column] / predicted(column);
    }
}
