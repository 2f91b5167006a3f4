package steepest.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;
import steepest.attack.Attacks;
import steepest.attack.Norm;
import steepest.robust.Recipe;

/** What attacks and ways of training there are, and what each takes, in the help of the commands that choose among them. */
final class Catalogue {
    private static final String KEY = "catalogue";

    private Catalogue() {}

    /** @param line the whole program */
    static void into(CommandLine line) {
        Map<String, String> attacks = new LinkedHashMap<>();
        for (Attacks.Description a : Attacks.list()) attacks.put(a.name(), a.text() + takes(a));
        add(
                line.getSubcommands().get("attack"),
                "Attacks, the norms they are made for, and the numbers they take by --steps, --restarts, --step and, all others,"
                        + " --set, with what holds if nothing is said:",
                attacks);
        Map<String, String> methods = new LinkedHashMap<>();
        for (Recipe.Description r : Recipe.list())
            methods.put(
                    r.name(),
                    r.takes().stream().map(o -> "--" + o).collect(Collectors.joining(" ", r.text() + ". ", "")));
        add(line.getSubcommands().get("train"), "METHODs, and the options of theirs that each takes:", methods);
    }

    private static String takes(Attacks.Description a) {
        String norms = a.norms().stream().map(Norm::toString).collect(Collectors.joining(", "));
        return a.numbers().entrySet().stream()
                .map(e -> e.getKey() + "=" + Quantities.brief(e.getValue()) + unit(e.getKey()))
                .collect(Collectors.joining(" ", ". " + norms + "; ", ""));
    }

    /** A step is told in parts of ε, a sparsity is for L1 alone. */
    private static String unit(String number) {
        return number.equals("step") ? "ε" : number.equals("sparsity") ? " (l1)" : "";
    }

    private static void add(CommandLine command, String heading, Map<String, String> entries) {
        command.getHelpSectionMap().put(KEY, help -> help.createHeading("%n" + heading + "%n") + table(entries));
        List<String> keys = new ArrayList<>(command.getHelpSectionKeys());
        keys.add(keys.indexOf(UsageMessageSpec.SECTION_KEY_FOOTER_HEADING), KEY);
        command.setHelpSectionKeys(keys);
    }

    /** Broken between words only: picocli's own tables break 0.25 behind its point. */
    private static String table(Map<String, String> entries) {
        int column =
                4 + entries.keySet().stream().mapToInt(String::length).max().orElse(0);
        StringBuilder table = new StringBuilder();
        entries.forEach((name, text) -> {
            StringBuilder line = new StringBuilder("  " + name);
            line.append(" ".repeat(column - line.length()));
            for (String word : text.split(" ")) {
                if (line.length() + word.length() > Main.WIDTH) {
                    table.append(line.toString().stripTrailing()).append('\n');
                    line = new StringBuilder(" ".repeat(column + 2));
                }
                line.append(word).append(' ');
            }
            table.append(line.toString().stripTrailing()).append('\n');
        });
        return table.toString();
    }
}
