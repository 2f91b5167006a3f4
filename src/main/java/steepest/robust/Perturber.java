package steepest.robust;

import java.util.List;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Rng;
import steepest.Step;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Losses;
import steepest.nn.Model;
import steepest.nn.Sequential;

/** Perturbs all samples of a dataset with the model as it is then; planned once. */
final class Perturber implements AutoCloseable {
    private static final int BATCH = 256;

    /** From model, x {@code [B, …]} and y {@code [B]} a value for each sample, {@code [B, …]}. */
    @FunctionalInterface
    interface Body {
        Tensor apply(Model model, Tensor x, Tensor y);
    }

    private final Program program;

    Perturber(Model model, Device device, Body body) {
        this.program = Program.of((x, y) -> Step.of(body.apply(model, x, y))).on(device);
    }

    /**
     * The original ClustRe's perturbation: the corner ε·sign(gradient at the last iterate) of the ball, sign(0) = 0, after
     * {@code steps} steps that stay in the ball but not in the domain; {@code steps} + 1 gradients. Without a step it is
     * FGSM's.
     */
    static Body corner(double epsilon, double step, int steps) {
        return (model, x, y) -> {
            Tensor at = x;
            for (int i = 0; i < steps; i++) {
                Tensor delta = at.add(gradient(model, at, y).sign().mul(step)).sub(x);
                at = x.add(delta.clamp(-epsilon, epsilon)).detach();
            }
            return gradient(model, at, y).sign().mul(epsilon);
        };
    }

    /** The perturbation to the attack's last iterate, which is in ball and domain. */
    static Body accumulated(InnerAttack attack) {
        return (model, x, y) -> attack.examples(model, x, Rng.seed(0), z -> Losses.crossEntropyEach(z, y))
                .sub(x);
    }

    private static Tensor gradient(Model model, Tensor at, Tensor y) {
        return Losses.crossEntropyEach(model.apply(at), y).sum().grad(at);
    }

    /** What the network's last layer is given, {@code [B, D]}. */
    static Tensor penultimate(Sequential model, Tensor x) {
        return Sequential.of(model.layers().subList(0, model.layers().size() - 1))
                .apply(x)
                .flatten(1);
    }

    /** For all samples in order, {@code [N, …]}. */
    HostArray of(Dataset data) {
        float[] all = null;
        int length = 0;
        int from = 0;
        HostArray part = null;
        List<Dataset.Batch> batches = data.batches(BATCH);
        for (Dataset.Batch b : batches) {
            part = program.call(b.x(), b.y()).toHost();
            if (all == null) {
                length = part.size() / b.size();
                all = new float[Math.multiplyExact(length, data.size())];
            }
            System.arraycopy(part.floats(), 0, all, from * length, part.size());
            from += b.size();
        }
        return HostArray.of(all, part.shape().with(0, data.size()));
    }

    @Override
    public void close() {
        program.close();
    }
}
