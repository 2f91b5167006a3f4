package steepest.lab;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import steepest.DeviceInfo;
import steepest.Sha256;

/** What results were made with. */
final class Versions {
    private static final String CODE = code();

    private Versions() {}

    /** A hash of the program's classes and kernels: two builds of one version may compute different things. */
    private static String code() {
        try {
            URI place = Versions.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI();
            if (Files.isDirectory(Path.of(place))) return code(Path.of(place));
            try (FileSystem jar = FileSystems.newFileSystem(Path.of(place))) {
                return code(jar.getPath("/"));
            }
        } catch (IOException | URISyntaxException e) {
            return "unknown";
        }
    }

    private static String code(Path root) throws IOException {
        MessageDigest digest = Sha256.digest();
        for (String part : List.of("steepest", "kernels")) {
            List<Path> files;
            try (Stream<Path> all = Files.walk(root.resolve(part))) {
                files = all.filter(Files::isRegularFile)
                        .sorted(Comparator.comparing(Path::toString))
                        .toList();
            }
            for (Path file : files) {
                digest.update(
                        root.relativize(file).toString().replace('\\', '/').getBytes(StandardCharsets.UTF_8));
                digest.update(Files.readAllBytes(file));
            }
        }
        return Sha256.hex(digest).substring(0, 12);
    }

    static Map<String, Object> of(DeviceInfo device) {
        Map<String, Object> all = new LinkedHashMap<>();
        String version = Versions.class.getPackage().getImplementationVersion();
        all.put("steepest", version == null ? "unpackaged" : version);
        all.put("code", CODE);
        all.put("java", System.getProperty("java.runtime.version"));
        all.put("device_name", device.name());
        all.put("driver", device.version());
        all.put("binding", device.binding());
        return all;
    }
}
