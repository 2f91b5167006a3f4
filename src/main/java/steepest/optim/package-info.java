/** Optimizers and learning-rate schedules. */
package steepest.optim;
