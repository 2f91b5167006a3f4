package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import steepest.lab.Report;

/** {@code experiment report}: tells what a store holds. */
@Command(
        name = "report",
        description = "Write report.md and report.html, one page without other files, of a store of experiments.",
        footer = {"", "Example:", "  ./steepest experiment report experiments-results/clustre-mnist-smoke"})
final class ExperimentReportCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "STORE", description = "The directory that experiment has kept its results in.")
    private Path store;

    @Option(names = "--out", paramLabel = "DIR", description = "Where the report goes (default: into the store).")
    private Path directory;

    @Override
    public void run() {
        Path to = directory == null ? store : directory;
        List<String> observations = Report.write(store, to);
        PrintWriter out = spec.commandLine().getOut();
        observations.forEach(out::println);
        out.printf("report in %s and %s%n", to.resolve("report.html"), to.resolve("report.md"));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("command", "experiment report");
        fields.put("store", store.toString());
        fields.put("html", to.resolve("report.html").toString());
        fields.put("markdown", to.resolve("report.md").toString());
        fields.put("observations", observations);
        Common.result(spec, fields);
    }
}
