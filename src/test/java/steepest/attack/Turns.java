package steepest.attack;

import java.util.ArrayList;
import java.util.List;
import steepest.Device;
import steepest.Engine;
import steepest.Rng;
import steepest.Tensor;
import steepest.nn.Model;

/** An attack taken turn by turn on the reference, its state laid open. */
final class Turns implements AutoCloseable {
    private final Victim victim;
    private final Task task;
    private final List<Phase.Stage> stages;
    private List<Tensor> state;

    /** @param samples of class 0 or any, which L∞ balls do not cut at the domain's bounds */
    Turns(LaneAttack attack, Model model, Samples samples) {
        Device.setDefault(Fixture.device());
        this.victim = new Victim(model, Fixture.UNIT, Fixture.device(), samples.size());
        Tensor x = Tensor.of(samples.x());
        Tensor y = Tensor.of(samples.y());
        boolean ball = attack.norm() == Norm.LINF;
        Tensor lo = ball ? x.sub(attack.epsilon()) : x.mul(0);
        Tensor hi = ball ? x.add(attack.epsilon()) : x.mul(0).add(1);
        this.task = new Task(victim, attack.budget(), false, x, y, y, Tensor.of(samples.index()), lo, hi);
        this.stages = attack.stages(
                victim.classes(samples.x()),
                samples.x().shape().slice(1, samples.x().shape().rank()));
        this.state = attack.state(x.shape()).stream().map(Tensor::zeros).toList();
    }

    /** One turn of that stage, in double precision throughout. */
    void take(int stage) {
        Phase phase = stages.get(stage).phase();
        List<Tensor> next = phase.body().apply(task, state, Rng.seed(3)).state();
        Engine.get().evaluate(next);
        state = next.stream().map(Tensor::detach).toList();
    }

    Phase.Stage stage(int number) {
        return stages.get(number);
    }

    Tensor state(int place) {
        return state.get(place);
    }

    void set(int place, Tensor value) {
        state = new ArrayList<>(state);
        state.set(place, value);
    }

    @Override
    public void close() {
        victim.close();
    }
}
