package steepest.attack;

import steepest.HostArray;

/**
 * What an attack made of samples.
 *
 * @param adversarial F32 {@code [N, …]}: for each sample the best example found, the sample itself where none was
 * @param gradients how often the model was differentiated for each sample, {@code [N]}
 * @param forwards how often it was only evaluated for each sample, {@code [N]}
 */
public record Outcome(HostArray adversarial, int[] gradients, int[] forwards) {}
