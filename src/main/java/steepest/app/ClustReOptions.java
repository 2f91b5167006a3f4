package steepest.app;

import picocli.CommandLine.Option;

/** How clusters are made and used by the methods whose names begin with clustre; {@link RobustOptions} reads them. */
final class ClustReOptions {
    @Option(names = "--clusters", paramLabel = "K", description = "clustre: how many clusters (default: 1000).")
    private Integer clusters;

    @Option(
            names = "--features",
            paramLabel = "NAME",
            description = "clustre: what is clustered: original_data (default), fgsm_perturb, fgsm_input, pgd_perturb,"
                    + " pgd_input (default of clustre-select) or penultimate.")
    private String features;

    @Option(
            names = "--assign",
            paramLabel = "HOW",
            description = "clustre: kmeans (default) or, to compare, random; clustre-select also all.")
    private String assign;

    @Option(
            names = "--choice",
            paramLabel = "HOW",
            description =
                    "clustre: who stands for a cluster: nearest (to its centroid; default) or random; clustre-select"
                            + " also boundary.")
    private String choice;

    @Option(names = "--keep", paramLabel = "M", description = "clustre: how many stand for a cluster (default: 1).")
    private Integer each;

    @Option(names = "--per-class", description = "clustre: clusters of one class each.")
    private boolean perClass;

    @Option(
            names = "--recluster",
            paramLabel = "N",
            description = "clustre: cluster again every N epochs (default: 0, only once).")
    private Integer recluster;

    @Option(names = "--kmeans-restarts", paramLabel = "N", description = "clustre: runs of k-means (default: 3).")
    private Integer restarts;

    @Option(
            names = "--kmeans-iterations",
            paramLabel = "N",
            description = "clustre: iterations of k-means at most (default: 100).")
    private Integer iterations;

    @Option(
            names = "--kmeans-batch",
            paramLabel = "N",
            description = "clustre: points in a mini-batch of k-means (default: all at once).")
    private Integer miniBatch;
}
