package steepest.backend.opencl;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import steepest.SteepestException;

/**
 * Puts OpenCL programs together from the files under {@code kernels/}. A family's file is plain OpenCL C that compiles by
 * itself; to put several units into one program, each unit's functions get a suffix (through the preprocessor), and the
 * macros it defines are undefined behind it. The common part stands in front, once.
 *
 * <p>The files are not parsed but matched line by line, so they keep to this layout:
 *
 * <ul>
 *   <li>an include is a line of its own, {@code #include "file.cl"}, outside of a condition or within one that its text
 *       does not close;
 *   <li>a function begins a line with {@code kernel void name(}, an attribute or {@code WORK_GROUP} between the two words
 *       where need be, or with {@code static inline type name(}: its name gets the suffix;
 *   <li>a kernel ends at the first line that is a closing brace alone; the kernels that a unit does not want are taken out
 *       up to there, and nothing that others need stands between;
 *   <li>a macro begins a line with {@code #define NAME}, at the margin: it is undefined behind the unit, whether or not the
 *       condition that it stands in held.
 * </ul>
 */
final class Sources {
    /** A line that includes a file: group 1 is the file. */
    private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([^\"]+)\"\n");
    /** How a function begins: group 1 is its name. */
    private static final Pattern FUNCTION = Pattern.compile(
            "(?m)^(?:kernel\\s+(?:(?:__attribute__\\(\\(.*\\)\\)|WORK_GROUP)\\s+)?void|static inline \\w+)\\s+(\\w+)\\(");
    /** A kernel from its first word to its last brace. */
    private static final Pattern KERNEL = Pattern.compile("(?ms)^kernel\\b.*?^}\n");
    /** How a macro is defined: group 1 is its name. */
    private static final Pattern MACRO = Pattern.compile("(?m)^#define (\\w+)");

    private static final Map<String, String> FILES = new ConcurrentHashMap<>();

    private Sources() {}

    /** A file's text with its includes in place, but for the common part, which stands in front of every program. */
    static String text(String file) {
        String known = FILES.get(file);
        if (known != null) return known;
        Matcher m = INCLUDE.matcher(resource("kernels/" + file));
        String text =
                m.replaceAll(r -> r.group(1).equals("common.cl") ? "" : Matcher.quoteReplacement(text(r.group(1))));
        FILES.put(file, text);
        return text;
    }

    /** A file on the class path. */
    static String resource(String name) {
        try (InputStream in = Sources.class.getClassLoader().getResourceAsStream(name)) {
            if (in == null) throw SteepestException.of("opencl: %s is missing from the class path", name);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new SteepestException("opencl: cannot read " + name + ": " + e.getMessage(), e);
        }
    }

    /** One program of several units. */
    static String program(Collection<Unit> units, boolean chunked) {
        StringBuilder s = new StringBuilder();
        s.append("#define CHUNKED ").append(chunked ? 1 : 0).append('\n').append(text("common.cl"));
        for (Unit unit : units) append(s, unit);
        return s.toString();
    }

    private static void append(StringBuilder s, Unit unit) {
        String text = text(unit.family() + ".cl");
        if (unit.kernel() != null)
            text = KERNEL.matcher(text)
                    .replaceAll(k -> names(FUNCTION, k.group()).contains(unit.kernel())
                            ? Matcher.quoteReplacement(k.group())
                            : "");
        Set<String> macros = new LinkedHashSet<>(unit.defines().keySet());
        s.append("\n// ").append(unit.family()).append(unit.suffix()).append('\n');
        unit.defines()
                .forEach((name, value) -> s.append("#define ")
                        .append(name)
                        .append(' ')
                        .append(value)
                        .append('\n'));
        for (String f : names(FUNCTION, text)) {
            s.append("#define ")
                    .append(f)
                    .append(' ')
                    .append(f)
                    .append(unit.suffix())
                    .append('\n');
            macros.add(f);
        }
        macros.addAll(names(MACRO, text));
        s.append(text);
        for (String m : macros)
            s.append("#undef ").append(m.replaceAll("\\(.*", "")).append('\n');
    }

    private static Set<String> names(Pattern pattern, String text) {
        Set<String> names = new LinkedHashSet<>();
        Matcher m = pattern.matcher(text);
        while (m.find()) names.add(m.group(1));
        return names;
    }
}
