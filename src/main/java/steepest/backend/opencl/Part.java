package steepest.backend.opencl;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import steepest.DeviceInfo;
import steepest.SteepestException;
import steepest.backend.opencl.binding.Cl;
import steepest.backend.opencl.binding.ClException;

/**
 * A part of a device by its name: {@code opencl:0.0/1} is its second half, {@code opencl:0.0/1:4} the second of four equal
 * parts, {@code opencl:0.0/1:3+1} the second of two, with 3 and 1 compute units.
 *
 * @param whole the device's name
 * @param number which part, from 0
 * @param parts into how many equal ones it is divided; 0 where {@code units} says it
 * @param units the compute units of each part; empty where they are equal
 */
record Part(String whole, int number, int parts, List<Integer> units) {
    private static final Pattern NAME =
            Pattern.compile("(opencl:\\d+\\.\\d+)/(\\d{1,4})(?::(\\d{1,4}(?:\\+\\d{1,4})*))?");

    static Optional<Part> of(String name) {
        Matcher m = NAME.matcher(name);
        if (!m.matches()) return Optional.empty();
        String division = m.group(3) == null ? "2" : m.group(3);
        boolean equal = !division.contains("+");
        List<Integer> units = equal
                ? List.of()
                : Stream.of(division.split("\\+")).map(Integer::valueOf).toList();
        int parts = equal ? Integer.parseInt(division) : 0;
        return Optional.of(new Part(m.group(1), Integer.parseInt(m.group(2)), parts, units));
    }

    /** The same for all names of a part. */
    String id() {
        String division = parts == 0 ? join(units) : Integer.toString(parts);
        return whole + "/" + number + (parts == 2 ? "" : ":" + division);
    }

    private static String join(List<Integer> units) {
        return units.stream().map(Object::toString).collect(Collectors.joining("+"));
    }

    /** Into how many equal parts a device can be divided; 1 where it cannot. */
    static int most(Cl cl, Cl.DeviceId device) {
        List<Long> ways = ways(cl, device);
        boolean can = ways.contains(Cl.PARTITION_EQUALLY) || ways.contains(Cl.PARTITION_BY_COUNTS);
        return can ? (int) cl.number(device, Cl.DEVICE_MAX_COMPUTE_UNITS) : 1;
    }

    private static List<Long> ways(Cl cl, Cl.DeviceId device) {
        try {
            return LongStream.of(cl.words(device, Cl.DEVICE_PARTITION_PROPERTIES))
                    .boxed()
                    .toList();
        } catch (ClException e) {
            return List.of(); // older than OpenCL 1.2
        }
    }

    /**
     * Divides the device.
     *
     * @throws SteepestException if it cannot be divided so, or there is no part of that number
     */
    Cl.DeviceId cut(Cl cl, Cl.DeviceId device, DeviceInfo info) {
        int count = parts == 0 ? units.size() : parts;
        if (count == 0) throw SteepestException.of("device %s: expected at least one part", id());
        if (number >= count)
            throw SteepestException.of(
                    "device %s: the %d parts of %s are numbered from 0 to %d", id(), count, whole, count - 1);
        if (info.parts() == 1)
            throw SteepestException.of("device %s: %s (%s) cannot be divided into parts", id(), whole, info.name());
        long[] sizes = new long[count];
        Arrays.setAll(sizes, i -> parts == 0 ? units.get(i) : info.units() / count);
        if (Arrays.stream(sizes).anyMatch(n -> n < 1) || Arrays.stream(sizes).sum() > info.units())
            throw SteepestException.of(
                    "device %s: %s has %d compute units, not enough for %s",
                    id(), whole, info.units(), parts == 0 ? "parts of " + join(units) : parts + " parts");
        List<Long> ways = ways(cl, device);
        boolean equal = Arrays.stream(sizes).distinct().count() == 1 && ways.contains(Cl.PARTITION_EQUALLY);
        if (!equal && !ways.contains(Cl.PARTITION_BY_COUNTS))
            throw SteepestException.of(
                    "device %s: %s (%s) can only be divided into equal parts", id(), whole, info.name());
        long[] properties = equal ? new long[] {Cl.PARTITION_EQUALLY, sizes[0]} : byCounts(sizes);
        return cl.subDevices(device, properties).get(number);
    }

    private static long[] byCounts(long[] sizes) {
        long[] properties = new long[sizes.length + 2]; // the list of counts ends with a 0 of its own
        properties[0] = Cl.PARTITION_BY_COUNTS;
        System.arraycopy(sizes, 0, properties, 1, sizes.length);
        return properties;
    }
}
