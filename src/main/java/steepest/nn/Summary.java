package steepest.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import steepest.Shape;

/**
 * What a network is made of: its layers, the shape of a sample behind each, its trainable parameters.
 *
 * @param sample the shape of an input, without the batch's axis
 * @param rows one for each layer
 * @param parameters numbers that are trained; a layer that stands in two places counts once
 */
public record Summary(Shape sample, List<Row> rows, long parameters) {
    /**
     * @param place as in the names of variables: {@code 0}, {@code 1.2}
     * @param parameters numbers that are trained
     */
    public record Row(String place, String layer, Shape output, long parameters) {}

    public Summary {
        rows = List.copyOf(rows);
    }

    /** @throws steepest.SteepestException naming the first layer that does not fit its input */
    public static Summary of(Sequential model, Shape sample) {
        List<Row> rows = new ArrayList<>();
        collect("", model, sample, rows);
        return new Summary(sample, rows, model.parameters());
    }

    private static Shape collect(String prefix, Sequential model, Shape shape, List<Row> rows) {
        for (int i = 0; i < model.layers().size(); i++) {
            Layer layer = model.layers().get(i);
            if (layer instanceof Sequential inner) {
                shape = collect(prefix + i + ".", inner, shape, rows);
                continue;
            }
            shape = layer.output(shape);
            rows.add(new Row(prefix + i, layer.name(), shape, layer.parameters()));
        }
        return shape;
    }

    /** A table as text: a head, a line for each layer, the total. */
    public List<String> lines() {
        List<String[]> cells = new ArrayList<>();
        cells.add(new String[] {"", "layer", "output", "parameters"});
        cells.add(new String[] {"", "input", batch(sample), ""});
        for (Row r : rows)
            cells.add(new String[] {r.place, r.layer, batch(r.output), r.parameters == 0 ? "" : grouped(r.parameters)});
        cells.add(new String[] {"", "total", "", grouped(parameters)});
        int[] width = new int[4];
        for (String[] row : cells) for (int i = 0; i < 4; i++) width[i] = Math.max(width[i], row[i].length());
        String format = "%%-%ds  %%-%ds  %%-%ds  %%%ds".formatted(width[0], width[1], width[2], width[3]);
        return cells.stream()
                .map(row -> String.format(Locale.ROOT, format, (Object[]) row).stripTrailing())
                .toList();
    }

    private static String batch(Shape sample) {
        return sample.rank() == 0 ? "[N]" : "[N," + sample.toString().substring(1);
    }

    private static String grouped(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }
}
