package steepest.app;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import steepest.Device;
import steepest.SteepestException;

/** Where to train: on a device, or on several that share every batch. */
final class DevicesOptions {
    @Option(
            names = {"--device", "--devices"},
            paramLabel = "DEVICE[,DEVICE...]",
            defaultValue = "auto",
            description =
                    "One that the command devices lists, cpu, ref, opencl (the first), or auto (the default): a GPU through"
                            + " OpenCL if there is one, else cpu; several with commas between share every batch.")
    private String names;

    @Mixin
    private BackendOptions backends;

    /**
     * The devices' names, with commas between, each found to be there.
     *
     * @throws ParameterException if one is not the name of a device
     * @throws SteepestException listing those there are, if this machine has no such device
     */
    String names(CommandSpec command) {
        backends.apply(command);
        devices(command, names);
        return names;
    }

    /** The devices of names with commas between, as {@link #names} checks them. */
    static List<Device> devices(CommandSpec command, String names) {
        List<Device> all = new ArrayList<>();
        for (String name : names.split(",", -1)) {
            if (name.isBlank())
                throw new ParameterException(
                        command.commandLine(),
                        "devices: expected names with commas between, one is empty in '" + names + "'");
            all.add(Device.of(DeviceOptions.check(command, name.strip())));
        }
        return all;
    }
}
