/** Networks: layers, their initialisation, and the losses they are trained by. */
package steepest.nn;
