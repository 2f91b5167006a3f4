package steepest.lab;

import java.util.LinkedHashMap;
import java.util.Map;
import steepest.DeviceInfo;

/** What results were made with. */
final class Versions {
    private Versions() {}

    static Map<String, Object> of(DeviceInfo device) {
        Map<String, Object> all = new LinkedHashMap<>();
        String version = Versions.class.getPackage().getImplementationVersion();
        all.put("steepest", version == null ? "unpackaged" : version);
        all.put("java", System.getProperty("java.runtime.version"));
        all.put("device_name", device.name());
        all.put("driver", device.version());
        all.put("binding", device.binding());
        return all;
    }
}
