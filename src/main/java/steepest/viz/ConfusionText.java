package steepest.viz;

import java.util.List;
import java.util.Locale;

/** A confusion matrix for the terminal: a row for each true class, a column for each predicted one. */
public final class ConfusionText {
    private ConfusionText() {}

    /**
     * The matrix in lines of text, with the recall of each class at the end of its row. A zero is a dot, so that errors
     * stand out; a column is headed by its class where the name is short, else by the class's number.
     *
     * @param counts {@code [classes][classes]}, true class first
     * @param names the classes' names, in order
     * @throws steepest.SteepestException if sizes differ or a count is negative
     */
    public static String of(long[][] counts, List<String> names) {
        var confusion = new Confusion(counts, names);
        int n = confusion.size();
        boolean numbered = names.stream().anyMatch(name -> name.length() > 5);
        int digits = Integer.toString(n - 1).length();
        int label = "true".length();
        var rows = new String[n];
        for (int i = 0; i < n; i++) {
            rows[i] = numbered ? String.format(Locale.ROOT, "%" + digits + "d %s", i, names.get(i)) : names.get(i);
            label = Math.max(label, rows[i].length());
        }
        int cell = 4;
        for (long[] row : confusion.counts())
            for (long count : row) cell = Math.max(cell, Long.toString(count).length());

        var text = new StringBuilder();
        text.append(" ".repeat(label)).append("  predicted").append('\n');
        text.append(pad("true", -label)).append(' ');
        for (int j = 0; j < n; j++) {
            String head = numbered ? Integer.toString(j) : names.get(j);
            text.append(' ').append(pad(head, cell));
        }
        text.append("  recall").append('\n');
        for (int i = 0; i < n; i++) {
            text.append(pad(rows[i], -label)).append(' ');
            for (int j = 0; j < n; j++) {
                long count = confusion.counts()[i][j];
                text.append(' ').append(pad(count == 0 ? "·" : Long.toString(count), cell));
            }
            double recall = confusion.recall(i);
            text.append(' ').append(pad(Double.isNaN(recall) ? "–" : Picture.percent(recall), 7));
            text.append('\n');
        }
        return text.toString();
    }

    /** Blanks before the text up to a width, or after it where the width is negative. */
    private static String pad(String text, int width) {
        String blanks = " ".repeat(Math.max(0, Math.abs(width) - text.length()));
        return width < 0 ? text + blanks : blanks + text;
    }
}
