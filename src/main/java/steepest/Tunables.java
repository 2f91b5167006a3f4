package steepest;

import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * How the kernels of a device can be shaped: by a table of sizes. It changes how fast a device computes, and in which order
 * it adds up; so results stay within the same tolerances, but their last bits may differ from table to table.
 *
 * @param inUse which table the device gets when it is opened, in words
 * @param table that table, JSON as in {@code kernels/tuning}
 * @param standard the table that ships for devices of its class
 * @param search the values worth trying, family by family: the device's part of {@code kernels/tuning/search.json}
 * @param file where a table for this very device and its driver is looked for
 * @param madeFor what such a table must have under {@code "madeFor"}: device, driver and kernels
 * @param limits of the device, in words: work-group, local memory, largest buffer, memory
 * @param trouble why a table cannot be used on the device, in words: its form, or a tile that the device's kernels cannot
 *     have; empty where it can
 */
public record Tunables(
        String inUse,
        String table,
        String standard,
        String search,
        Path file,
        String madeFor,
        String limits,
        UnaryOperator<String> trouble) {}
