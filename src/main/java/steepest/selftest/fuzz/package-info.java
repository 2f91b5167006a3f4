/**
 * Random programs, on a device and by an oracle that bounds every rounding error; what fails is shrunk to the few lines
 * that matter.
 */
package steepest.selftest.fuzz;
