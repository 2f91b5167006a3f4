/**
 * Adversarial training: objectives with an attack inside the training step or on interval bounds, and retraining on
 * perturbations that clusters of samples share (ClustRe).
 */
package steepest.robust;
