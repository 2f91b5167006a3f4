package steepest.attack;

import java.util.function.IntConsumer;
import steepest.nn.Model;

/**
 * Examples made for another model, a surrogate, without a gradient of the victim (Papernot et al., "Transferability in
 * machine learning", 2016). The attack goes on when the surrogate errs: what just crosses its boundary does not transfer.
 */
public final class Transfer implements Attack {
    private final Model surrogate;
    private final Pgd attack;

    /** @param surrogate takes what the victim takes and tells the same classes apart */
    public Transfer(Model surrogate, Budget budget, Pgd.Settings settings) {
        this.surrogate = surrogate;
        this.attack = new Pgd("transfer", budget, settings);
        attack.relentless();
    }

    @Override
    public String name() {
        return attack.name();
    }

    @Override
    public Norm norm() {
        return attack.norm();
    }

    @Override
    public double epsilon() {
        return attack.epsilon();
    }

    @Override
    public int[] goals(Victim victim, Samples samples, long seed) {
        return attack.goals(victim, samples, seed);
    }

    /** Towards the classes that the victim's own answers give. Counts are those on the surrogate. */
    @Override
    public Outcome run(Victim victim, Samples samples, long seed, IntConsumer progress) {
        int[] goal = goals(victim, samples, seed);
        try (Victim other = new Victim(surrogate, victim.domain(), victim.device(), victim.batch())) {
            return attack.run(other, samples, goal, seed, progress);
        }
    }
}
