package steepest.backend.opencl;

import steepest.backend.opencl.binding.Cl;

/**
 * What a device can do at most.
 *
 * @param maxGroup work-items of a work-group
 * @param localBytes local memory of a work-group
 * @param maxBuffer bytes of one buffer
 * @param memory bytes of all
 */
record Limits(long maxGroup, long localBytes, long maxBuffer, long memory) {
    static Limits of(Cl cl, Cl.DeviceId device) {
        return new Limits(
                cl.number(device, Cl.DEVICE_MAX_WORK_GROUP_SIZE),
                cl.number(device, Cl.DEVICE_LOCAL_MEM_SIZE),
                cl.number(device, Cl.DEVICE_MAX_MEM_ALLOC_SIZE),
                cl.number(device, Cl.DEVICE_GLOBAL_MEM_SIZE));
    }

    String inWords() {
        return "work-group " + maxGroup + ", local memory " + localBytes + " bytes, buffer " + maxBuffer
                + " bytes, memory " + memory + " bytes";
    }

    @Override
    public String toString() {
        return "device limits: " + inWords();
    }
}
