/** Training and evaluation of networks on datasets, and the directories in which runs are kept. */
package steepest.train;
