package steepest.backend.opencl;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import steepest.CacheDirectory;
import steepest.DeviceInfo;
import steepest.Sha256;
import steepest.SteepestException;
import steepest.Tunables;

/**
 * The tuning table of a device: its own, where {@code tune} has written one for this device, driver and these kernels, else
 * the one that ships for its class. The property {@code steepest.tuning} set to {@code off} has the latter in any case.
 */
final class TuningTable {
    /** The system property. */
    static final String PROPERTY = "steepest.tuning";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** What a table may hold beside the tunables. */
    private static final List<String> REMARKS = List.of("about", "madeFor", "ratios");

    private final DeviceInfo device;
    private final String deviceClass;
    private final Limits limits;
    private final JsonNode standard;
    private final JsonNode search;
    private final ObjectNode madeFor;
    private final Path file;
    private String own;
    private String trouble = "";

    TuningTable(DeviceInfo device, String deviceClass, Limits limits) {
        this.device = device;
        this.deviceClass = deviceClass;
        this.limits = limits;
        standard = tree(deviceClass);
        JsonNode all = tree("search");
        search = all.get(standard.get("chunked").asBoolean() ? "cpu" : "gpu");
        StringBuilder kernels = new StringBuilder(Tuning.text(deviceClass));
        for (JsonNode f : all.get("kernels")) kernels.append(Sources.text(f.asText()));
        madeFor = MAPPER.createObjectNode()
                .put("device", device.name())
                .put("version", device.version())
                .put("class", deviceClass)
                .put("kernels", hash(kernels.toString()));
        String readable = device.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        file = CacheDirectory.of("tuning")
                .resolve(readable.substring(0, Math.min(40, readable.length())) + "-"
                        + hash(device.name() + "\n" + device.version() + "\n" + deviceClass) + ".json");
        if (!System.getProperty(PROPERTY, "on").equals("off")) look();
    }

    private static String hash(String text) {
        return Sha256.of(text.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    }

    private static JsonNode tree(String table) {
        return Tuning.parse("kernels/tuning/" + table + ".json", Tuning.text(table), JsonNode.class);
    }

    private void look() {
        if (!Files.exists(file)) return;
        try {
            String text = Files.readString(file);
            checked(file.toString(), text);
            if (!madeFor.equals(MAPPER.readTree(text).get("madeFor")))
                throw SteepestException.of("%s was made for another driver or other kernels", file);
            own = text;
        } catch (SteepestException | IOException e) {
            trouble = (e instanceof SteepestException ? e.getMessage() : file + " cannot be read: " + e)
                    + "; the table of class " + deviceClass + " is used (./steepest tune --device " + device.id()
                    + " makes a new one)";
        }
    }

    /** One line where there is a table that cannot be used. */
    void warn() {
        if (!trouble.isEmpty()) System.err.println("steepest: " + trouble);
    }

    Tuning inUse() {
        return Tuning.parse("", table(), Tuning.class);
    }

    private String table() {
        return own != null ? own : Tuning.text(deviceClass);
    }

    Tunables tunables() {
        String inUse =
                own != null ? file.toString() : "class " + deviceClass + (trouble.isEmpty() ? "" : ": " + trouble);
        return new Tunables(
                inUse,
                table(),
                Tuning.text(deviceClass),
                search.toString(),
                file,
                madeFor.toString(),
                limits.inWords(),
                this::trouble);
    }

    private String trouble(String table) {
        try {
            checked("the table", table);
            return "";
        } catch (SteepestException e) {
            return e.getMessage();
        }
    }

    /**
     * A table from outside.
     *
     * @param name names it in errors
     * @throws SteepestException if it has not the form of the class's table, has a tile that would leave gaps in its slabs, or none that
     *     fits the device
     */
    Tuning checked(String name, String text) {
        JsonNode tree;
        try {
            tree = MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new SteepestException(name + " is not JSON: " + e.getOriginalMessage(), e);
        }
        if (!tree.isObject()) throw SteepestException.of("%s is not a tuning table: expected a JSON object", name);
        String difference =
                difference("", standard, ((ObjectNode) tree).deepCopy().remove(REMARKS));
        if (!difference.isEmpty()) throw SteepestException.of("%s is not a tuning table: %s", name, difference);
        Tuning tuning = Tuning.parse(name, text, Tuning.class);
        if (tuning.tiles() != null) checkTiles(name, tuning.tiles());
        return tuning;
    }

    private void checkTiles(String name, List<Map<String, Integer>> tiles) {
        for (Map<String, Integer> tile : tiles)
            if (!Tuning.wellFormed(tile))
                throw SteepestException.of(
                        "%s is not a tuning table: tile %s: expected REG_M, REG_N and TILE_K to be multiples of 4, REG_M"
                                + " to divide TILE_M and REG_N TILE_N, and TILE_M, TILE_N and TILE_K to divide the number"
                                + " of items, TILE_M / REG_M × TILE_N / REG_N",
                        name, tile);
        if (tiles.stream().noneMatch(t -> Tuning.fits(t, limits.maxGroup(), limits.localBytes()))) {
            Map<String, Integer> least = Collections.min(tiles, Comparator.comparing(Tuning::localBytes));
            throw SteepestException.of(
                    "%s has no tile that fits the device; the smallest, %s, takes work-groups of %d and %d bytes of local"
                            + " memory (%s)",
                    name, least, Tuning.items(least), Tuning.localBytes(least), limits);
        }
    }

    /** Where a table departs from the form of another: the same names, positive numbers; empty where it does not. */
    private static String difference(String where, JsonNode form, JsonNode table) {
        if (form.isInt())
            return table.isInt() && table.asInt() > 0 ? "" : where + ": expected a number from 1, got " + table;
        if (form.isBoolean()) return form.equals(table) ? "" : where + ": expected " + form + ", got " + table;
        if (form.isArray()) {
            if (!table.isArray() || table.size() != form.size())
                return where + ": expected a list of " + form.size() + ", got " + table;
            for (int i = 0; i < form.size(); i++) {
                String d = difference(where + "/" + i, form.get(i), table.get(i));
                if (!d.isEmpty()) return d;
            }
            return "";
        }
        for (Iterator<String> names = form.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (REMARKS.contains(name)) continue;
            if (!table.has(name)) return where + "/" + name + " is missing";
            String d = difference(where + "/" + name, form.get(name), table.get(name));
            if (!d.isEmpty()) return d;
        }
        for (Iterator<String> names = table.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!form.has(name)) return where + "/" + name + " is unknown";
        }
        return "";
    }
}
