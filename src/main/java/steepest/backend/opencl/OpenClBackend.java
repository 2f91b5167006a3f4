package steepest.backend.opencl;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import steepest.DeviceInfo;
import steepest.SteepestException;
import steepest.Tunables;
import steepest.backend.Backend;
import steepest.backend.BackendDevice;
import steepest.backend.opencl.binding.Bindings;
import steepest.backend.opencl.binding.Cl;

/** All OpenCL devices of the machine, through the binding that {@link Bindings} chooses. */
public final class OpenClBackend implements Backend {
    private final Supplier<Bindings.Loaded> binding;
    private final ProgramCache cache;
    private Bindings.Loaded loaded;
    private List<Found> found;
    private final Map<String, Found> parts = new HashMap<>(); // those asked for; a device stays divided
    private String trouble = "";

    private record Found(DeviceInfo info, Cl.DeviceId id, Cl.Platform platform) {}

    /** Through the binding of the system property {@code steepest.binding}; nothing is loaded before a device is asked for. */
    public OpenClBackend() {
        this(Bindings::load, new ProgramCache(ProgramCache.standard()));
    }

    OpenClBackend(Supplier<Bindings.Loaded> binding, ProgramCache cache) {
        this.binding = binding;
        this.cache = cache;
    }

    @Override
    public String kind() {
        return "opencl";
    }

    @Override
    public List<DeviceInfo> devices() {
        return found().stream().map(Found::info).toList();
    }

    @Override
    public String trouble() {
        found();
        return trouble;
    }

    private synchronized List<Found> found() {
        if (found == null) found = look();
        return found;
    }

    private List<Found> look() {
        loaded = binding.get();
        if (loaded.cl() == null) {
            trouble = loaded.trouble();
            return List.of();
        }
        List<Found> all = new ArrayList<>();
        Cl cl = loaded.cl();
        List<Cl.Platform> platforms;
        try {
            platforms = cl.platforms();
        } catch (SteepestException e) {
            trouble = "OpenCL platforms cannot be listed: " + e.getMessage();
            return List.of();
        }
        for (int p = 0; p < platforms.size(); p++) {
            // a driver that is out of order must not hide the others
            try {
                List<Cl.DeviceId> devices = cl.devices(platforms.get(p));
                for (int d = 0; d < devices.size(); d++)
                    all.add(found("opencl:" + p + "." + d, platforms.get(p), devices.get(d)));
            } catch (SteepestException e) {
                trouble = "the devices of OpenCL platform " + p + " cannot be listed: " + e.getMessage();
            }
        }
        if (platforms.isEmpty())
            trouble = "an OpenCL loader was found, but no driver (on Debian, for the CPU: apt-get install"
                    + " pocl-opencl-icd)";
        else if (all.isEmpty() && trouble.isEmpty()) trouble = "OpenCL drivers were found, but no device";
        all.sort(Comparator.comparingInt(f -> rank(f.info)));
        return List.copyOf(all);
    }

    /**
     * Devices are listed, and chosen where none is named, in this order, those of one rank as their loader lists them: GPUs,
     * then what computes on a processor, then what draws with one and computes besides.
     */
    static int rank(DeviceInfo info) {
        if (info.isGpu()) return 0;
        return info.name().startsWith("llvmpipe") ? 2 : 1;
    }

    private Found found(String id, Cl.Platform platform, Cl.DeviceId device) {
        Cl cl = loaded.cl();
        long type = cl.number(device, Cl.DEVICE_TYPE);
        DeviceInfo info = new DeviceInfo(
                id,
                (type & Cl.TYPE_GPU) != 0 ? "GPU" : (type & Cl.TYPE_CPU) != 0 ? "CPU" : "ACCELERATOR",
                cl.string(device, Cl.DEVICE_NAME),
                cl.number(device, Cl.DEVICE_GLOBAL_MEM_SIZE),
                (int) cl.number(device, Cl.DEVICE_MAX_COMPUTE_UNITS),
                cl.string(platform, Cl.PLATFORM_NAME) + ", " + cl.string(device, Cl.DEVICE_VERSION) + ", driver "
                        + cl.string(device, Cl.DRIVER_VERSION),
                cl.binding(),
                Part.most(cl, device));
        return new Found(info, device, platform);
    }

    /** A device, or a part of one. */
    @Override
    public Optional<DeviceInfo> find(String id) {
        return lookUp(id).map(Found::info);
    }

    private synchronized Optional<Found> lookUp(String id) {
        Optional<Part> part = Part.of(id);
        String name = part.map(Part::whole).orElse(id);
        Optional<Found> whole =
                found().stream().filter(f -> f.info.id().equals(name)).findFirst();
        if (part.isEmpty() || whole.isEmpty()) return whole;
        return Optional.of(parts.computeIfAbsent(part.get().id(), own -> {
            Found f = whole.get();
            return found(own, f.platform, part.get().cut(loaded.cl(), f.id, f.info));
        }));
    }

    @Override
    public BackendDevice open(DeviceInfo device) {
        Found f = there(device);
        TuningTable own = table(f);
        own.warn();
        return open(f, own.inUse());
    }

    @Override
    public BackendDevice open(DeviceInfo device, String table) {
        Found f = there(device);
        return open(f, table(f).checked("the tuning table", table));
    }

    @Override
    public Optional<Tunables> tunables(DeviceInfo device) {
        return Optional.of(table(there(device)).tunables());
    }

    private TuningTable table(Found f) {
        return new TuningTable(f.info, deviceClass(f.info), Limits.of(loaded.cl(), f.id));
    }

    private Found there(DeviceInfo device) {
        return lookUp(device.id())
                .orElseThrow(() -> SteepestException.of(
                        "there is no device %s; there are %s",
                        device.id(), devices().stream().map(DeviceInfo::id).toList()));
    }

    /** The property {@code steepest.opencl.class} has kernels for GPUs run on a CPU device, to test them, or the reverse. */
    private static String deviceClass(DeviceInfo info) {
        String named = System.getProperty("steepest.opencl.class");
        if (named == null) return Tuning.deviceClass(info);
        if (!List.of("cpu", "gpu").contains(named))
            throw SteepestException.of("steepest.opencl.class: expected cpu or gpu, got '%s'", named);
        return named;
    }

    /** Opens a device with the kernels of another class, to test those on it. */
    BackendDevice open(DeviceInfo device, Tuning tuning) {
        return found().stream()
                .filter(f -> f.info.equals(device))
                .findFirst()
                .map(f -> open(f, tuning))
                .orElseThrow();
    }

    private BackendDevice open(Found f, Tuning tuning) {
        return new OpenClDevice(loaded.cl(), f.id, f.info, tuning, cache);
    }
}
