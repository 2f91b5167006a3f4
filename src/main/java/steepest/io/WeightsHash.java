package steepest.io;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;
import steepest.DType;
import steepest.HostArray;
import steepest.Sha256;
import steepest.SteepestException;

/** A fingerprint of a model's weights: two runs that give the same one have learned the same, bit for bit. */
public final class WeightsHash {
    private WeightsHash() {}

    /**
     * SHA-256, in lower-case hexadecimal, over the raw little-endian float32 values, tensors in name order
     * ({@link String#compareTo}). Names and shapes do not enter.
     *
     * @throws SteepestException if a tensor is not {@link DType#F32}
     */
    public static String sha256(Map<String, HostArray> weights) {
        MessageDigest digest = Sha256.digest();
        try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            for (var e : new TreeMap<>(weights).entrySet()) {
                if (e.getValue().dtype() != DType.F32)
                    throw SteepestException.of(
                            "weights hash: expected '%s' to be f32, got %s",
                            e.getKey(), e.getValue().spec());
                Elements.write(e.getValue(), out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a digest does not fail", e);
        }
        return Sha256.hex(digest);
    }
}
