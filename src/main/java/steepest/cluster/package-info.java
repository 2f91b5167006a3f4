/** Finding groups in data. */
package steepest.cluster;
