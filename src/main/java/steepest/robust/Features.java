package steepest.robust;

import java.util.Arrays;
import java.util.Locale;
import steepest.SteepestException;

/** What samples are clustered by. */
public enum Features {
    /** The pixels, as bytes: 0 to 255. */
    ORIGINAL_DATA,
    /** The perturbation that FGSM gives. */
    FGSM_PERTURB,
    /** The sample with it. */
    FGSM_INPUT,
    /** The perturbation that PGD gives. */
    PGD_PERTURB,
    /** The sample with it. */
    PGD_INPUT,
    /** What the network's last layer is given for the sample (SELECT: for the adversarial example). */
    PENULTIMATE;

    /** @throws SteepestException if there are no features of that name, listing those that there are */
    public static Features of(String name) {
        for (Features f : values()) if (f.toString().equals(name)) return f;
        throw SteepestException.of(
                "unknown features %s; there are %s",
                name,
                String.join(
                        ", ", Arrays.stream(values()).map(Features::toString).toList()));
    }

    /** As in the original: {@code original_data}, {@code fgsm_perturb}, … */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
