package steepest.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import steepest.AtomicFile;
import steepest.SteepestException;

/** A text with headings, tables and pictures, written as Markdown and as one HTML page that needs no other file. */
final class Page {
    private static final String HEAD =
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Experiments</title>"
                    + "<style>body{font:15px/1.5 sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#222}"
                    + "table{border-collapse:collapse}td,th{padding:.25em .8em;border-bottom:1px solid #ddd;"
                    + "text-align:right}td:first-child,th:first-child{text-align:left}img{max-width:100%}</style><body>";

    private final Path directory;
    private final StringBuilder markdown = new StringBuilder();
    private final StringBuilder html = new StringBuilder(HEAD);

    /** @param directory where pictures lie, and where the page is going to */
    Page(Path directory) {
        this.directory = directory;
    }

    /** Writes {@code NAME.md} and {@code NAME.html}. */
    void write(String name) {
        AtomicFile.write(directory.resolve(name + ".md"), markdown.toString());
        AtomicFile.write(directory.resolve(name + ".html"), html + "</body></html>\n");
    }

    void heading(int level, String text) {
        markdown.append("#".repeat(level)).append(' ').append(text).append("\n\n");
        html.append(format("<h%d>%s</h%d>", level, escaped(text), level));
    }

    void text(String text) {
        markdown.append(text).append("\n\n");
        html.append("<p>").append(escaped(text)).append("</p>");
    }

    /** @param rows the first one heads the columns */
    void table(List<List<String>> rows) {
        html.append("<table>");
        for (int i = 0; i < rows.size(); i++) {
            for (String s : rows.get(i))
                markdown.append("| ").append(s.replace("|", "\\|")).append(' ');
            markdown.append("|\n");
            if (i == 0) markdown.append("|---".repeat(rows.get(0).size())).append("|\n");
            String cell = i == 0 ? "th" : "td";
            html.append("<tr>");
            for (String s : rows.get(i)) html.append(format("<%s>%s</%s>", cell, escaped(s), cell));
            html.append("</tr>");
        }
        markdown.append('\n');
        html.append("</table>");
    }

    /** @param file a PNG in the directory */
    void image(String file, String about) {
        markdown.append("![").append(about).append("](").append(file).append(")\n\n");
        try {
            html.append("<p><img alt=\"")
                    .append(escaped(about))
                    .append("\" src=\"data:image/png;base64,")
                    .append(Base64.getEncoder().encodeToString(Files.readAllBytes(directory.resolve(file))))
                    .append("\"></p>");
        } catch (IOException e) {
            throw SteepestException.io("read", directory.resolve(file), e);
        }
    }

    static String format(String format, Object... args) {
        return String.format(Locale.ROOT, format, args);
    }

    /** Four digits, without zeros at the end. */
    static String number(double v) {
        return new java.math.BigDecimal(v)
                .round(new java.math.MathContext(4))
                .stripTrailingZeros()
                .toPlainString();
    }

    static String count(double v) {
        return format("%,.0f", v);
    }

    private static String escaped(String s) {
        return s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
