package steepest;

/** What the body of a {@link Program} returns: a tensor, or a {@link Step} of results and updates. */
public sealed interface Output permits Tensor, Step {
    Step asStep();
}
