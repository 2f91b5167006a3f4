/**
 * Adversarial training: objectives with an attack inside the training step, and retraining on perturbations that clusters of
 * samples share (ClustRe).
 */
package steepest.robust;
