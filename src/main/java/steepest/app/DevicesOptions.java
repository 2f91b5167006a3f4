package steepest.app;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import steepest.Device;
import steepest.SteepestException;

/** Where to train: on a device, or on several that share every batch. */
final class DevicesOptions {
    @Option(
            names = {"--device", "--devices"},
            paramLabel = "DEVICE[,DEVICE...]",
            defaultValue = "auto",
            description = {
                "auto (a GPU through OpenCL if there is one, else cpu; the default), cpu, ref, opencl or opencl:P.D,",
                "as listed by ./steepest devices; several with commas between share every batch."
            })
    private String names;

    @Mixin
    private BackendOptions backends;

    /**
     * The devices' names, with commas between, each found to be there.
     *
     * @throws picocli.CommandLine.ParameterException if a single one is not the name of a device
     * @throws SteepestException listing those there are, if this machine has no such device
     */
    String names(CommandSpec command) {
        backends.apply(command);
        String[] each = names.split(",", -1);
        if (each.length == 1) Device.of(DeviceOptions.check(command, names));
        else for (String name : each) Device.of(name.strip());
        return names;
    }
}
