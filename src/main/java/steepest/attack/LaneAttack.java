package steepest.attack;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import steepest.HostArray;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;

/** An attack on each sample by itself: stages of turns on the device. */
abstract class LaneAttack implements Attack {
    /** See {@link Task#better}: a few gradients more, and most examples survive as 8-bit pictures. */
    static final int PATIENCE = 3;

    private final Budget budget;
    private boolean compact = true;
    private boolean relentless;

    LaneAttack(Budget budget) {
        this.budget = budget;
    }

    Budget budget() {
        return budget;
    }

    @Override
    public Norm norm() {
        return budget.norm();
    }

    @Override
    public double epsilon() {
        return budget.epsilon();
    }

    /**
     * Goes on when a sample is misclassified, and returns the example of highest loss: what transfers to other models, or
     * trains this one.
     */
    LaneAttack relentless() {
        relentless = true;
        return this;
    }

    /** Keeps those who are done among the others: the same results, slower. For tests. */
    LaneAttack withoutCompaction() {
        compact = false;
        return this;
    }

    /** The types of the state for x {@code [B, …]}, all zeros at first; the first is what the attack returns. */
    abstract List<Spec> state(Shape x);

    /** What is done to every batch, one after the other, for a model of so many classes and samples of that shape. */
    abstract List<Phase.Stage> stages(int classes, Shape sample);

    /** Refuses a model that the attack cannot work with. */
    void check(Victim victim, Samples samples) {}

    @Override
    public int[] goals(Victim victim, Samples samples, long seed) {
        return budget.target().classes(victim, samples, seed);
    }

    @Override
    public Outcome run(Victim victim, Samples samples, long seed, IntConsumer progress) {
        return run(victim, samples, goals(victim, samples, seed), seed, progress);
    }

    /** With the class that each sample is to be taken for, {@code [N]}: see {@link #goals}. */
    Outcome run(Victim victim, Samples samples, int[] goal, long seed, IntConsumer progress) {
        int n = samples.size();
        HostArray found = samples.x().copy();
        int[] gradients = new int[n];
        int[] forwards = new int[n];
        // in a ball of no size there is nothing to look for
        if (n == 0 || epsilon() == 0) return new Outcome(found, gradients, forwards);
        check(victim, samples);
        List<Phase.Stage> stages = stages(
                victim.classes(samples.x()),
                samples.x().shape().slice(1, samples.x().shape().rank()));
        Map<Phase, Program> programs = new IdentityHashMap<>();
        try {
            for (Phase.Stage s : stages)
                if (!programs.containsKey(s.phase()))
                    programs.put(s.phase(), program(victim, samples, s, programs.size(), seed));
            for (int from = 0; from < n; from += victim.batch()) {
                int[] places = IntStream.range(from, Math.min(n, from + victim.batch()))
                        .toArray();
                int[] goals = IntStream.of(places).map(i -> goal[i]).toArray();
                Lanes lanes = new Lanes(victim, budget, samples.select(places), goals, this::state, compact);
                for (Phase.Stage s : stages) lanes.run(programs.get(s.phase()), s.turns(), s.run());
                Outcome part = lanes.outcome();
                int length = samples.length();
                System.arraycopy(part.adversarial().floats(), 0, found.floats(), from * length, places.length * length);
                System.arraycopy(part.gradients(), 0, gradients, from, places.length);
                System.arraycopy(part.forwards(), 0, forwards, from, places.length);
                progress.accept(from + places.length);
            }
        } finally {
            programs.values().forEach(Program::close);
        }
        return new Outcome(found, gradients, forwards);
    }

    private Program program(Victim victim, Samples samples, Phase.Stage stage, int ordinal, long seed) {
        // a seed of its own: two phases must not draw the same bits
        long own = Rng.seed(seed).fork(ordinal).next().seed();
        int states = state(samples.x().shape()).size();
        return Lanes.program(victim, budget, relentless, states, stage.phase(), own);
    }
}
