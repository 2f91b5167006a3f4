package steepest.attack;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import steepest.Device;
import steepest.HostArray;
import steepest.Recorder;
import steepest.SteepestException;
import steepest.data.Dataset;
import steepest.nn.Model;

/**
 * Runs attacks on a model and says what they leave standing. Samples that the model gets wrong anyway are not attacked.
 * Every example is brought within domain and ball in double precision, and the model is asked again about exactly the
 * floats that are handed out.
 */
public final class Judge implements AutoCloseable {
    /** Samples attacked side by side, unless said otherwise. */
    public static final int BATCH = 256;

    /** Hears how far an attack has come. */
    @FunctionalInterface
    public interface Listener {
        /** @param done samples of {@code total} that are finished; the total leaves out those that need no attack */
        void attacked(String attack, int done, int total);
    }

    private final Victim victim;
    private Listener listener = (attack, done, total) -> {};

    public Judge(Model model, Dataset.Domain domain, Device device) {
        this(model, domain, device, BATCH);
    }

    /** @param batch how many samples are attacked side by side */
    public Judge(Model model, Dataset.Domain domain, Device device, int batch) {
        this.victim = new Victim(model, domain, device, batch);
    }

    public Judge listener(Listener listener) {
        this.listener = listener;
        return this;
    }

    /**
     * Attacks all samples of a dataset that the model classifies rightly.
     *
     * @throws SteepestException if the samples do not fit the model or lie outside its domain, or the model does not suit
     *     the attack
     */
    public Verdict judge(Attack attack, Dataset data, long seed) {
        return judge(
                attack, Samples.of(data.batch(IntStream.range(0, data.size()).toArray())), seed);
    }

    /** As {@link #judge(Attack, Dataset, long)}. */
    public Verdict judge(Attack attack, Samples samples, long seed) {
        check(samples);
        int[] y = samples.y();
        int[] clean = victim.predict(samples.x());
        int[] right = IntStream.range(0, y.length).filter(i -> clean[i] == y[i]).toArray();
        Samples attacked = samples.select(right);
        long start = System.nanoTime();
        Outcome outcome = Recorder.timed(
                attack.name(),
                () -> attack.run(victim, attacked, seed, done -> listener.attacked(attack.name(), done, right.length)));
        double seconds = (System.nanoTime() - start) * 1e-9;
        HostArray held = victim.hold(attack, attacked.x(), outcome.adversarial());
        HostArray adversarial = samples.x().copy();
        int length = samples.length();
        int[] gradients = new int[y.length];
        int[] forwards = new int[y.length];
        int[] goal = y.clone();
        int[] goals = attack.goals(victim, attacked, seed);
        for (int i = 0; i < right.length; i++) {
            System.arraycopy(held.floats(), i * length, adversarial.floats(), right[i] * length, length);
            gradients[right[i]] = outcome.gradients()[i];
            forwards[right[i]] = outcome.forwards()[i];
            goal[right[i]] = goals[i];
        }
        double[] distance = new double[y.length];
        Arrays.setAll(
                distance,
                i -> attack.norm().of(samples.x().floats(), adversarial.floats(), i * length, (i + 1) * length));
        return new Verdict(
                attack.name(),
                attack.norm(),
                attack.epsilon(),
                samples.x(),
                adversarial,
                y,
                clean,
                victim.predict(adversarial),
                victim.predict(Guard.rounded(adversarial, victim.domain())),
                goal,
                samples.index(),
                distance,
                gradients,
                forwards,
                seconds);
    }

    /** Attacks the same samples in several ways. */
    public WorstCase judge(List<Attack> attacks, Dataset data, long seed) {
        return new WorstCase(attacks.stream().map(a -> judge(a, data, seed)).toList());
    }

    private void check(Samples samples) {
        float[] x = samples.x().floats();
        Dataset.Domain d = victim.domain();
        for (int i = 0; i < x.length; i++)
            if (!(x[i] >= d.low() && x[i] <= d.high()))
                throw SteepestException.of(
                        "sample %d: expected pixels in the model's domain [%s, %s], found %s",
                        samples.index()[i / samples.length()], d.low(), d.high(), x[i]);
        if (samples.size() == 0) throw SteepestException.of("judge: expected at least one sample");
        int classes = victim.classes(samples.x());
        for (int i = 0; i < samples.size(); i++)
            if (samples.y()[i] < 0 || samples.y()[i] >= classes)
                throw SteepestException.of(
                        "sample %d is of class %d; the model tells %d classes apart",
                        samples.index()[i], samples.y()[i], classes);
    }

    @Override
    public void close() {
        victim.close();
    }
}
