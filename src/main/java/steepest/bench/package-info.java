/** Speed, measured: workloads that run on any device, timed in turns, and held against what the device can do at best. */
package steepest.bench;
