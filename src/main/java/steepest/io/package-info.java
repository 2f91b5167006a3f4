/**
 * Arrays in files: {@link steepest.io.Safetensors} for models, {@link steepest.io.Npy} and {@link steepest.io.Npz} to
 * exchange data with NumPy. A file is refused, naming it, what was expected and what was found, unless all that it
 * declares agrees with its length; nothing is allocated on the word of a header alone.
 */
package steepest.io;
