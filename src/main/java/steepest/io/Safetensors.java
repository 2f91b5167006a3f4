package steepest.io;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import steepest.AtomicFile;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;

/**
 * safetensors, a file of named tensors: the header's length (64 bits, little-endian), the header (a JSON object that gives
 * each tensor's type, shape and place), the tensors' raw little-endian bytes without gaps. (Hugging Face, "Safetensors",
 * format description.)
 *
 * <p>Written tensors follow each other in name order and the header is padded with blanks to a multiple of 8 bytes, so
 * that equal contents give equal files.
 */
public final class Safetensors {
    private static final String METADATA = "__metadata__";
    /** The limit that the format's own implementation has. */
    private static final long MAX_HEADER = 100_000_000;

    /** Type names as the format has them; others (F16, BF16, I64 …) have no {@link DType}. */
    private static final Map<String, DType> DTYPES =
            Map.of("F32", DType.F32, "F64", DType.F64, "I32", DType.I32, "U8", DType.U8, "BOOL", DType.BOOL);

    private Safetensors() {}

    /**
     * What a file holds.
     *
     * @param tensors in name order
     * @param metadata free text by key, in key order
     */
    public record Contents(Map<String, HostArray> tensors, Map<String, String> metadata) {}

    /** A tensor as the header declares it, its bytes counted from the end of the header. */
    private record Entry(String name, Spec spec, long begin, long end) {}

    /**
     * Writes tensors and metadata.
     *
     * @throws SteepestException if a tensor has a name that the format reserves, or the file cannot be written
     */
    public static void write(Path file, Map<String, HostArray> tensors, Map<String, String> metadata) {
        if (tensors.containsKey(METADATA))
            throw SteepestException.of("%s: a tensor cannot be named '%s'", file, METADATA);
        Map<String, HostArray> inOrder = new TreeMap<>(tensors);
        byte[] header = header(inOrder, metadata);
        if (header.length > MAX_HEADER)
            throw SteepestException.of(
                    "%s: the header takes %d bytes, at most %d may be", file, header.length, MAX_HEADER);
        AtomicFile.write(file, out -> {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .array());
            out.write(header);
            for (HostArray tensor : inOrder.values()) Elements.write(tensor, out);
        });
    }

    private static byte[] header(Map<String, HostArray> tensors, Map<String, String> metadata) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (!metadata.isEmpty()) json.put(METADATA, new TreeMap<>(metadata));
        long at = 0;
        for (var e : tensors.entrySet()) {
            Spec spec = e.getValue().spec();
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", spec.dtype().name());
            entry.put("shape", spec.shape().dims());
            entry.put("data_offsets", new long[] {at, at += spec.bytes()});
            json.put(e.getKey(), entry);
        }
        byte[] text = Json.line(json).getBytes(StandardCharsets.UTF_8);
        byte[] padded = new byte[Math.addExact(text.length, -text.length & 7)];
        System.arraycopy(text, 0, padded, 0, text.length);
        Arrays.fill(padded, text.length, padded.length, (byte) ' ');
        return padded;
    }

    /**
     * Reads a file.
     *
     * @throws SteepestException naming the file, what was expected and what was found, unless the header fits the file,
     *     names are unique, types are supported, each tensor's bytes fit its type and shape, and together they fill the
     *     file without gap or overlap
     */
    public static Contents read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            long length = Files.size(file);
            int headerLength = headerLength(file, in, length);
            JsonNode header = Json.parse(file + " (header)", in.readNBytes(headerLength));
            Map<String, String> metadata = new TreeMap<>();
            List<Entry> entries = new ArrayList<>();
            for (var field : header.properties()) {
                if (field.getKey().equals(METADATA)) readMetadata(file, field.getValue(), metadata);
                else entries.add(entry(file, field.getKey(), field.getValue()));
            }
            entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
            checkPlaces(file, entries, length - 8 - headerLength);

            Map<String, HostArray> tensors = new TreeMap<>();
            for (Entry e : entries) {
                HostArray tensor = Elements.read(e.spec(), ByteOrder.LITTLE_ENDIAN, in);
                Elements.checkBool(file + ": tensor '" + e.name() + "'", tensor);
                tensors.put(e.name(), tensor);
            }
            return new Contents(Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(metadata));
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
    }

    private static int headerLength(Path file, InputStream in, long fileLength) throws IOException {
        if (fileLength < 8) throw SteepestException.of("%s: expected at least 8 bytes, found %d", file, fileLength);
        long length =
                ByteBuffer.wrap(in.readNBytes(8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
        long most = Math.min(MAX_HEADER, fileLength - 8);
        if (length < 0 || length > most)
            throw SteepestException.of(
                    "%s: expected a header of at most %d bytes, found %s declared",
                    file, most, Long.toUnsignedString(length));
        return (int) length;
    }

    private static void readMetadata(Path file, JsonNode node, Map<String, String> metadata) {
        if (!node.isObject())
            throw SteepestException.of("%s: expected %s to be an object, found %s", file, METADATA, node);
        for (var e : node.properties()) {
            if (!e.getValue().isTextual())
                throw SteepestException.of(
                        "%s: expected text for '%s' in %s, found %s", file, e.getKey(), METADATA, e.getValue());
            metadata.put(e.getKey(), e.getValue().textValue());
        }
    }

    private static Entry entry(Path file, String name, JsonNode node) {
        String what = file + ": tensor '" + name + "'";
        if (!node.isObject()
                || node.size() != 3
                || !node.has("dtype")
                || !node.has("shape")
                || !node.has("data_offsets"))
            throw SteepestException.of("%s: expected dtype, shape and data_offsets, found %s", what, node);
        DType dtype =
                node.get("dtype").isTextual() ? DTYPES.get(node.get("dtype").textValue()) : null;
        if (dtype == null)
            throw SteepestException.of(
                    "%s: expected dtype F32, F64, I32, U8 or BOOL, found %s", what, node.get("dtype"));
        Shape shape = Elements.shape(what, longs(what, "shape", node.get("shape")));
        long[] offsets = longs(what, "data_offsets", node.get("data_offsets"));
        if (offsets.length != 2 || offsets[0] > offsets[1])
            throw SteepestException.of(
                    "%s: expected data_offsets [begin, end], found %s", what, node.get("data_offsets"));
        Spec spec = new Spec(dtype, shape);
        if (offsets[1] - offsets[0] != spec.bytes())
            throw SteepestException.of(
                    "%s: expected %d bytes for %s, found data_offsets of %d",
                    what, spec.bytes(), spec, offsets[1] - offsets[0]);
        return new Entry(name, spec, offsets[0], offsets[1]);
    }

    private static long[] longs(String what, String key, JsonNode node) {
        if (!node.isArray()) throw SteepestException.of("%s: expected %s to be a list, found %s", what, key, node);
        long[] values = new long[node.size()];
        for (int i = 0; i < values.length; i++) {
            JsonNode n = node.get(i);
            if (!n.isIntegralNumber() || !n.canConvertToLong() || n.longValue() < 0)
                throw SteepestException.of("%s: expected integers of at least 0 in %s, found %s", what, key, n);
            values[i] = n.longValue();
        }
        return values;
    }

    /** In the order of their places, tensors must follow each other from the first byte of the data to the last. */
    private static void checkPlaces(Path file, List<Entry> entries, long dataLength) {
        long at = 0;
        for (Entry e : entries) {
            if (e.begin() != at)
                throw SteepestException.of(
                        "%s: tensor '%s': expected to begin at byte %d, found %d: %s",
                        file,
                        e.name(),
                        at,
                        e.begin(),
                        e.begin() < at ? "it overlaps another" : "there is a hole before it");
            if (e.end() > dataLength)
                throw SteepestException.of(
                        "%s: tensor '%s': expected to end within the file's %d bytes of data, found %d",
                        file, e.name(), dataLength, e.end());
            at = e.end();
        }
        if (at != dataLength)
            throw SteepestException.of("%s: expected %d bytes of data as declared, found %d", file, at, dataLength);
    }
}
