package steepest.backend.opencl;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import steepest.SteepestException;
import steepest.backend.opencl.binding.Cl;
import steepest.backend.opencl.binding.ClException;

/** The programs of a device: each unit is built once, all that a schedule misses together. */
final class Programs {
    private final Cl cl;
    private final Cl.Context context;
    private final Cl.DeviceId device;
    private final String deviceName;
    private final String options;
    private final boolean chunked;
    private final ProgramCache cache;
    private final Map<Unit, Cl.ClProgram> built = new HashMap<>();
    private final List<Cl.ClProgram> programs = new ArrayList<>();
    private long builds;

    Programs(Cl cl, Cl.Context context, Cl.DeviceId device, boolean chunked, ProgramCache cache) {
        this.cl = cl;
        this.context = context;
        this.device = device;
        this.chunked = chunked;
        this.cache = cache;
        deviceName = String.join(
                "\n",
                cl.string(device, Cl.DEVICE_NAME),
                cl.string(device, Cl.DEVICE_VENDOR),
                cl.string(device, Cl.DEVICE_VERSION),
                cl.string(device, Cl.DRIVER_VERSION));
        boolean rounded = (cl.number(device, Cl.DEVICE_SINGLE_FP_CONFIG) & Cl.FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
        options = "-cl-std=CL1.2 -w" + (rounded ? " -cl-fp32-correctly-rounded-divide-sqrt" : "");
    }

    long builds() {
        return builds;
    }

    /** Builds what is missing of these, in one program. */
    void require(Collection<Unit> units) {
        Set<Unit> missing = new LinkedHashSet<>(units);
        missing.removeAll(built.keySet());
        if (missing.isEmpty()) return;
        Cl.ClProgram program = program(Sources.program(missing, chunked));
        programs.add(program);
        for (Unit u : missing) built.put(u, program);
        builds++;
    }

    private Cl.ClProgram program(String source) {
        String key = ProgramCache.key(source, options, deviceName);
        Optional<byte[]> binary = cache.find(key);
        if (binary.isPresent()) {
            Optional<Cl.ClProgram> ready = fromBinary(binary.get());
            if (ready.isPresent()) return ready.get();
        }
        Cl.ClProgram program = cl.createProgram(context, source);
        try {
            cl.build(program, device, options);
        } catch (ClException e) {
            String log = cl.buildLog(program, device);
            cl.release(program);
            throw new SteepestException(
                    "opencl: a program does not compile on " + cl.string(device, Cl.DEVICE_NAME) + ": " + e.getMessage()
                            + "\n" + log,
                    e);
        }
        store(key, program);
        return program;
    }

    /** A driver need not give binaries: then the next process compiles too. */
    private void store(String key, Cl.ClProgram program) {
        try {
            cache.store(key, cl.binary(program));
        } catch (ClException e) {
            // the program itself is good
        }
    }

    /** A driver may refuse what another version of it wrote: then the source is compiled. */
    private Optional<Cl.ClProgram> fromBinary(byte[] binary) {
        Cl.ClProgram program = null;
        try {
            program = cl.createProgram(context, device, binary);
            cl.build(program, device, options);
            return Optional.of(program);
        } catch (ClException e) {
            if (program != null) cl.release(program);
            return Optional.empty();
        }
    }

    /** A kernel of its own, whose arguments nobody else sets. */
    Cl.ClKernel kernel(Launch launch) {
        builds++;
        return cl.createKernel(built.get(launch.unit()), launch.kernelName());
    }

    void close() {
        programs.forEach(cl::release);
        built.clear();
        programs.clear();
    }
}
