package steepest.app;

import picocli.CommandLine.Option;

/** How examples are sought, for {@code attack} and for {@code train --robust} alike. */
final class StepOptions {
    @Option(
            names = "--norm",
            paramLabel = "NORM",
            defaultValue = "linf",
            description = "What --eps is measured in: linf (default), l2, l1, or l0 for jsma.")
    String norm;

    @Option(
            names = "--step",
            paramLabel = "A",
            description = "How far a step goes; 2/255 may be written so (default: the method's own, mostly eps for one"
                    + " step, 1.25 eps for fgsm-rs, eps / steps for mim, else 2.5 eps / steps); of several attacks"
                    + " those of one step keep it.")
    String step; // null: not given

    @Option(names = "--steps", paramLabel = "N", description = "How many steps (default: the method's own).")
    Integer steps; // null: not given
}
