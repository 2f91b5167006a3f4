package steepest.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import steepest.SteepestException;

/**
 * JSON as Steepest writes and reads it: keys in the order in which they were given, duplicate keys and trailing text
 * refused.
 */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /** A map, list, record, string, number … on one line. NaN and infinities, which JSON lacks, become strings. */
    public static String line(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new SteepestException("cannot write as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** The same over several indented lines, for people, with a line feed at the end. */
    public static String pretty(Object value) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n";
        } catch (JsonProcessingException e) {
            throw new SteepestException("cannot write as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Reads a file that holds one JSON object.
     *
     * @throws SteepestException naming the file and the place where it is wrong
     */
    public static JsonNode read(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw SteepestException.io("read", file, e);
        }
        return parse(file.toString(), bytes);
    }

    /** Parses one JSON object; {@code what} names it in errors. */
    public static JsonNode parse(String what, byte[] bytes) {
        JsonNode node;
        try {
            node = MAPPER.readTree(bytes);
        } catch (JsonProcessingException e) {
            String at = e.getLocation() == null
                    ? ""
                    : " at line %d, column %d"
                            .formatted(
                                    e.getLocation().getLineNr(), e.getLocation().getColumnNr());
            String message = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new SteepestException(what + ": expected JSON, found an error" + at + ": " + message, e);
        } catch (IOException e) {
            // Malformed UTF-8 comes as a plain IOException.
            throw new SteepestException(what + ": expected JSON in UTF-8, found: " + e.getMessage(), e);
        }
        if (!node.isObject())
            throw SteepestException.of(
                    "%s: expected a JSON object, found %s",
                    what, node.isMissingNode() ? "nothing" : node.getNodeType());
        return node;
    }
}
