package steepest.nn;

import java.util.ArrayList;
import java.util.List;
import steepest.Caller;
import steepest.Pass;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.GruCell;
import steepest.fused.LstmCell;
import steepest.fused.Unstack;

/**
 * A recurrent network over sequences {@code [N, T, in]}: Elman's (tanh or ReLU), LSTM or GRU, stacked in layers, in one
 * direction or both. It gives the hidden state at all steps, {@code [N, T, D·hidden]} (D is 2 where bidirectional, forward
 * first), or at the {@link #last} one alone.
 *
 * <p>The inputs of all time steps go through the input weights in one matrix product; what is left for each step is the
 * product with the hidden state and one fused cell. The steps are unrolled in the graph.
 *
 * <p>Variables are PyTorch's, for layer l: {@code weight_ih_l} {@code [G·hidden, in]} ({@code D·hidden} inputs above the
 * first layer), {@code weight_hh_l} {@code [G·hidden, hidden]}, {@code bias_ih_l} and {@code bias_hh_l} {@code [G·hidden]},
 * and the same with {@code _reverse}; G gates in the order i, f, g, o (LSTM) or r, z, n (GRU). They start uniform between
 * ±1/√hidden. Immutable but for its variables; the methods that change a setting return another layer.
 */
public final class Recurrent extends Parametric {
    private enum Kind {
        RNN(1),
        LSTM(4),
        GRU(3);

        final int gates;

        Kind(int gates) {
            this.gates = gates;
        }
    }

    private record Config(
            Kind kind,
            int in,
            int hidden,
            int layers,
            boolean relu,
            boolean bidirectional,
            double dropout,
            boolean biased,
            boolean last) {
        int directions() {
            return bidirectional ? 2 : 1;
        }
    }

    /**
     * What a network carries from step to step.
     *
     * @param h hidden state of each layer and direction, {@code [layers·D, N, hidden]}
     * @param c cell state, of the same shape; null but for LSTM
     */
    public record State(Tensor h, Tensor c) {}

    /**
     * @param output the top layer's hidden state at all steps, {@code [N, T, D·hidden]}
     * @param state behind the last step
     */
    public record Result(Tensor output, State state) {}

    private final Config c;

    private Recurrent(Config c) {
        this.c = c;
        if (c.in < 1 || c.hidden < 1 || c.layers < 1)
            throw SteepestException.of("%s: sizes and layers must be at least 1", name());
        if (!(c.dropout >= 0 && c.dropout < 1))
            throw SteepestException.of("%s: dropout must be a probability in [0, 1)", name());
        Initializer initializer = Initializer.uniform(1 / StrictMath.sqrt(c.hidden));
        int gates = c.kind.gates * c.hidden;
        for (int l = 0; l < c.layers; l++)
            for (int d = 0; d < c.directions(); d++) {
                String at = suffix(l, d);
                declareParam("weight_ih" + at, Shape.of(gates, l == 0 ? c.in : c.directions() * c.hidden), initializer);
                declareParam("weight_hh" + at, Shape.of(gates, c.hidden), initializer);
                if (c.biased) {
                    declareParam("bias_ih" + at, Shape.of(gates), initializer);
                    declareParam("bias_hh" + at, Shape.of(gates), initializer);
                }
            }
    }

    private static String suffix(int layer, int direction) {
        return "_l" + layer + (direction == 0 ? "" : "_reverse");
    }

    private static Recurrent of(Kind kind, int in, int hidden) {
        return new Recurrent(new Config(kind, in, hidden, 1, false, false, 0, true, false));
    }

    static Recurrent rnn(int in, int hidden) {
        return of(Kind.RNN, in, hidden);
    }

    static Recurrent lstm(int in, int hidden) {
        return of(Kind.LSTM, in, hidden);
    }

    static Recurrent gru(int in, int hidden) {
        return of(Kind.GRU, in, hidden);
    }

    /** So many networks, each on the hidden states of the one below. */
    public Recurrent layers(int layers) {
        return new Recurrent(
                new Config(c.kind, c.in, c.hidden, layers, c.relu, c.bidirectional, c.dropout, c.biased, c.last));
    }

    /** In each layer a second network that reads the sequence backwards. */
    public Recurrent bidirectional() {
        return new Recurrent(new Config(c.kind, c.in, c.hidden, c.layers, c.relu, true, c.dropout, c.biased, c.last));
    }

    /** Dropout in training on the outputs of each layer but the last. */
    public Recurrent dropout(double p) {
        return new Recurrent(
                new Config(c.kind, c.in, c.hidden, c.layers, c.relu, c.bidirectional, p, c.biased, c.last));
    }

    public Recurrent noBias() {
        return new Recurrent(
                new Config(c.kind, c.in, c.hidden, c.layers, c.relu, c.bidirectional, c.dropout, false, c.last));
    }

    /** ReLU in place of tanh. @throws SteepestException for LSTM and GRU */
    public Recurrent relu() {
        if (c.kind != Kind.RNN) throw SteepestException.of("%s: only rnn can have ReLU in place of tanh", name());
        return new Recurrent(
                new Config(c.kind, c.in, c.hidden, c.layers, true, c.bidirectional, c.dropout, c.biased, c.last));
    }

    /**
     * As a layer, gives the top layer's hidden state behind the last step alone, {@code [N, D·hidden]}; backwards that is
     * the first element's.
     */
    public Recurrent last() {
        return new Recurrent(
                new Config(c.kind, c.in, c.hidden, c.layers, c.relu, c.bidirectional, c.dropout, c.biased, true));
    }

    @Override
    public String name() {
        return "%s(%d, %d)".formatted(c.kind.name().toLowerCase(java.util.Locale.ROOT), c.in, c.hidden)
                + (c.layers == 1 ? "" : ".layers(" + c.layers + ")")
                + (c.relu ? ".relu()" : "")
                + (c.bidirectional ? ".bidirectional()" : "")
                + (c.dropout == 0 ? "" : ".dropout(" + c.dropout + ")")
                + (c.last ? ".last()" : "");
    }

    @Override
    public Shape output(Shape sample) {
        if (sample.rank() != 2 || sample.dim(1) != c.in || sample.dim(0) == 0)
            throw misfit("samples [T,%d] of at least one step".formatted(c.in), sample);
        int width = c.directions() * c.hidden;
        return c.last ? Shape.of(width) : Shape.of(sample.dim(0), width);
    }

    @Override
    public Tensor apply(Tensor x) {
        return asLayer(run(x, null, null));
    }

    @Override
    public Tensor apply(Tensor x, Pass pass) {
        return asLayer(run(x, null, pass));
    }

    private Tensor asLayer(Result r) {
        if (!c.last) return r.output;
        Tensor h = r.state.h;
        int top = (c.layers - 1) * c.directions();
        return c.bidirectional ? Tensor.concat(1, h.select(0, top), h.select(0, top + 1)) : h.select(0, top);
    }

    /** Runs over a batch {@code [N, T, in]} from a state of zeros. */
    public Result run(Tensor x) {
        return run(x, null, null);
    }

    /**
     * Runs over a batch.
     *
     * @param x {@code [N, T, in]}
     * @param initial the state to start from; null for zeros
     * @param pass for training; null to evaluate
     * @throws SteepestException if a shape does not fit, with the caller's line
     */
    public Result run(Tensor x, State initial, Pass pass) {
        check(x);
        int n = x.shape().dim(0);
        if (initial != null) check(initial, n);
        Tensor sequence = x.transpose(0, 1);
        List<Tensor> h = new ArrayList<>();
        List<Tensor> cells = new ArrayList<>();
        for (int l = 0; l < c.layers; l++) {
            if (l > 0 && pass != null) sequence = Layers.dropout(c.dropout).apply(sequence, pass);
            List<Tensor> outputs = new ArrayList<>();
            for (int d = 0; d < c.directions(); d++) {
                int at = l * c.directions() + d;
                Tensor h0 = initial == null ? null : initial.h.select(0, at);
                Tensor c0 = initial == null || c.kind != Kind.LSTM ? null : initial.c.select(0, at);
                outputs.add(direction(sequence, suffix(l, d), d == 1, h0, c0, h, cells));
            }
            sequence = outputs.size() == 1 ? outputs.get(0) : Tensor.concat(2, outputs);
        }
        State state = new State(Tensor.stack(0, h), c.kind == Kind.LSTM ? Tensor.stack(0, cells) : null);
        return new Result(sequence.transpose(0, 1), state);
    }

    private void check(State s, int n) {
        Spec expected = Spec.of(steepest.DType.F32, c.layers * c.directions(), n, c.hidden);
        boolean cells = c.kind == Kind.LSTM;
        if (!s.h.spec().equals(expected)
                || cells != (s.c != null)
                || cells && !s.c.spec().equals(expected))
            throw Caller.locate(misfit(
                    "a state of %s".formatted(cells ? "h and c " + expected : "h " + expected + " and no c"),
                    s.h.spec() + (s.c == null ? " and no c" : " and " + s.c.spec())));
    }

    /** One layer in one direction over {@code [T, N, in]}; gives {@code [T, N, hidden]} and adds its last state to lists. */
    private Tensor direction(
            Tensor sequence,
            String at,
            boolean reverse,
            Tensor h,
            Tensor cell,
            List<Tensor> lastH,
            List<Tensor> lastC) {
        int steps = sequence.shape().dim(0);
        int n = sequence.shape().dim(1);
        Tensor inputs = sequence.matmul(read("weight_ih" + at).t());
        Tensor hiddenBias = Tensor.zeros(1, c.kind.gates * c.hidden);
        if (c.biased) {
            inputs = inputs.add(read("bias_ih" + at));
            // the GRU's reset gate acts on the bias too; in the others both biases are one
            if (c.kind == Kind.GRU) hiddenBias = read("bias_hh" + at).unsqueeze(0);
            else inputs = inputs.add(read("bias_hh" + at));
        }
        Tensor weight = read("weight_hh" + at).t();
        List<Tensor> x = Unstack.unstack(inputs);
        Tensor[] outputs = new Tensor[steps];
        for (int k = 0; k < steps; k++) {
            int t = reverse ? steps - 1 - k : k;
            // a state of zeros needs no product
            Tensor u = h == null
                    ? hiddenBias.expand(x.get(t).shape())
                    : c.kind == Kind.GRU && c.biased ? h.matmul(weight).add(hiddenBias) : h.matmul(weight);
            Tensor before = h == null ? Tensor.zeros(n, c.hidden) : h;
            switch (c.kind) {
                case RNN ->
                    h = c.relu ? x.get(t).add(u).relu() : x.get(t).add(u).tanh();
                case GRU -> h = GruCell.step(x.get(t), u, before);
                case LSTM -> {
                    LstmCell.State s = LstmCell.step(x.get(t), u, cell == null ? before : cell);
                    h = s.h();
                    cell = s.c();
                }
            }
            outputs[t] = h;
        }
        lastH.add(h);
        if (cell != null) lastC.add(cell);
        return Tensor.stack(0, List.of(outputs));
    }
}
