package steepest.app;

import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import steepest.Device;
import steepest.SteepestException;

/** Where to compute. */
final class DeviceOptions {
    private static final Pattern NUMBERED =
            Pattern.compile("opencl:\\d+\\.\\d+(/\\d+(:\\d+(\\+\\d+)*)?)?|ref:\\d{1,2}");

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "auto",
            description =
                    "One that the command devices lists, cpu, ref, opencl (the first), or auto (the default): a GPU through"
                            + " OpenCL if there is one, else cpu.")
    private String name;

    @Mixin
    private BackendOptions backends;

    /**
     * The device's name, the device found to be there.
     *
     * @throws picocli.CommandLine.ParameterException if it is not the name of a device
     * @throws SteepestException listing those there are, if this machine has no such device
     */
    String name(CommandSpec command) {
        backends.apply(command);
        Device.of(check(command, name));
        return name;
    }

    /** The name, if it is spelt as that of a device. @throws picocli.CommandLine.ParameterException otherwise */
    static String check(CommandSpec command, String name) {
        var plain = List.of("auto", "cpu", "ref", "opencl");
        if (!NUMBERED.matcher(name).matches() && !plain.contains(name))
            Names.check(command, "device", name, List.of("auto", "cpu", "ref", "opencl", "opencl:P.D"));
        return name;
    }
}
