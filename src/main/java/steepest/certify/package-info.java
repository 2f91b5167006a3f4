/**
 * Certificates: proofs that no input within ε of a sample, in L∞, changes a network's prediction. {@link
 * steepest.certify.Bounds} builds graphs that bound what a network computes on boxes of inputs; {@link
 * steepest.certify.Certifier} runs them over a dataset.
 */
package steepest.certify;
