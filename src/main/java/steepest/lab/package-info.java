/**
 * Experiments on robust training: {@link steepest.lab.Grid what is to be trained and attacked}, {@link
 * steepest.lab.Experiment doing it}, {@link steepest.lab.Store keeping it}, and {@link steepest.lab.Report telling it}.
 */
package steepest.lab;
