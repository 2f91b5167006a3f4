package steepest.app;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What somebody may have meant who typed a name that does not exist. */
final class Closest {
    private Closest() {}

    /** {@code "; did you mean 'train'?"}, or the empty string where no name is near. */
    static String suggestion(String typed, Collection<String> names) {
        var near = to(typed, names);
        return near.isEmpty() ? "" : "; did you mean '" + String.join("' or '", near) + "'?";
    }

    /** At most two names, the nearest first, none of which needs more than a third of its letters changed (or two). */
    static List<String> to(String typed, Collection<String> names) {
        String word = typed.toLowerCase(Locale.ROOT);
        return names.stream()
                .filter(name -> distance(word, name.toLowerCase(Locale.ROOT)) <= Math.max(2, name.length() / 3)
                        || (word.length() >= 3 && name.startsWith(word)))
                .sorted(Comparator.<String>comparingInt(name -> distance(word, name.toLowerCase(Locale.ROOT)))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(2)
                .toList();
    }

    /** Insertions, deletions, changes and swaps of neighbours that turn one word into the other (optimal string alignment). */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1))
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
        return d[a.length()][b.length()];
    }
}
