package steepest.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import steepest.SteepestException;
import steepest.attack.Attacks;
import steepest.attack.Budget;
import steepest.attack.Norm;
import steepest.attack.Options;
import steepest.attack.Target;
import steepest.certify.Method;
import steepest.data.Dataset;
import steepest.data.Datasets;
import steepest.nn.Initializer;
import steepest.nn.Models;
import steepest.optim.Optimizers;
import steepest.optim.Schedule;
import steepest.robust.Recipe;
import steepest.train.TrainConfig;

/**
 * An experiment: every dataset × model × method × its parameters × seed is trained, and every network put to every attack, and
 * asked for every certificate.
 * It is read from YAML; a list stands for each of its elements:
 *
 * <pre>{@code
 * experiment: fgsm-or-pgd
 * about: What one step is worth.              # optional
 * dataset: mnist
 * model: [fast-cnn, madry]
 * seeds: [0, 1, 2]
 * limit: 10000                                # optional: the first so many samples
 * train: {epochs: 10, batch: 128, lr: 0.001}  # optional, as the options of train
 * base: {epochs: 3}                           # optional: how the networks are trained that ClustRe goes on with
 * baseline: natural                           # optional: the method that others are compared with
 * against: {assign: random}                   # optional: what each is compared with that differs in this alone
 * methods:
 *   - {name: natural, method: none}
 *   - {method: pgd, eps: [0.1, 0.3], train: {epochs: 20}}
 * attacks:
 *   - {attack: fgsm, eps: 0.3}
 *   - {attack: pgd, eps: [0.1, 0.2, 0.3], steps: 40, restarts: 3, limit: 1000}
 * certificates:                               # optional
 *   - {method: [ibp, crown-ibp], eps: 0.1}
 * smoke: {seeds: 0, limit: 200, at_most: {epochs: 1, steps: 5}}  # optional: the same in a minute
 * }</pre>
 *
 * ε and steps are in the units of the inputs, [0, 1]. {@code at_most} bounds every number of that name.
 */
public final class Grid {
    private static final List<String> TOP = List.of(
            "experiment",
            "about",
            "dataset",
            "model",
            "seeds",
            "limit",
            "train",
            "base",
            "baseline",
            "against",
            "methods",
            "attacks",
            "certificates",
            "smoke");
    private static final List<String> TRAIN = List.of("epochs", "batch", "optimizer", "lr", "schedule", "init");
    private static final List<String> SMOKE = List.of("dataset", "model", "seeds", "limit", "at_most");

    private final String name;
    private final boolean smoke;
    private final Map<String, Entry> top;
    private final Map<String, Double> most = new HashMap<>();
    private final String device;
    private final List<Cell> cells = new ArrayList<>();
    private final List<Judgement> judgements = new ArrayList<>();
    private final String baseline;
    private final Map.Entry<String, String> against;
    /** Why a method cannot be as it is to be compared with; empty if all can. */
    private String refused = "";

    /**
     * Reads an experiment.
     *
     * @param smoke whether the size that ends within a minute is wanted
     * @param device the id of the device it is to run on
     * @throws steepest.SteepestException in one line, with file, line and key, what was expected and what was found
     */
    public static Grid read(Path file, boolean smoke, String device) {
        return new Grid(Entry.read(file), smoke, device);
    }

    /** As {@link #read}, of a text. @param file its name in errors */
    static Grid parse(String file, String text, boolean smoke, String device) {
        return new Grid(Entry.parse(file, text), smoke, device);
    }

    private Grid(Entry whole, boolean smoke, String device) {
        this.smoke = smoke;
        this.device = device;
        this.top = new LinkedHashMap<>(whole.mapping(TOP));
        for (String key : List.of("experiment", "dataset", "model", "methods", "attacks"))
            if (!top.containsKey(key)) throw whole.wrong("expected the key " + key + ", found none");
        this.name = top.get("experiment").text();
        if (!name.matches("[\\w.-]*\\w[\\w.-]*"))
            throw top.get("experiment").wrong("expected letters, digits, '_', '-' and '.', found '" + name + "'");
        Map<String, Entry> small = top.containsKey("smoke") ? top.get("smoke").mapping(SMOKE) : Map.of();
        if (smoke && small.isEmpty()) throw whole.wrong("expected the key smoke for a run with --smoke, found none");
        // checked whether it is wanted or not
        Map<String, Double> bounds = new HashMap<>();
        if (small.containsKey("at_most"))
            small.get("at_most").mapping().forEach((key, e) -> bounds.put(key, e.number()));
        if (smoke) {
            most.putAll(bounds);
            small.forEach((key, e) -> {
                if (!key.equals("at_most")) top.put(key, e);
            });
        }
        this.against = readAgainst();
        readCells();
        Set<String> keys = cells.stream().map(c -> c.key("")).collect(Collectors.toSet());
        if (against != null && cells.stream().noneMatch(c -> isMatched(c, keys)))
            throw top.get("against")
                    .wrong("expected a setting in which two of the methods differ, found " + against() + refused);
        for (Entry e : top.get("attacks").list()) readAttack(e);
        if (top.containsKey("certificates"))
            for (Entry e : top.get("certificates").list()) readCertificate(e);
        this.baseline = top.containsKey("baseline")
                ? top.get("baseline")
                        .oneOf(cells.stream().map(Cell::label).distinct().toList())
                : null;
    }

    private void readCells() {
        List<String> datasets = new ArrayList<>();
        for (Entry e : top.get("dataset").list())
            datasets.add(e.text().startsWith("idx:") ? e.text() : e.oneOf(Datasets.names()));
        List<String> models = new ArrayList<>();
        for (Entry e : top.get("model").list()) models.add(e.oneOf(Models.names()));
        List<Long> seeds = new ArrayList<>();
        if (top.containsKey("seeds")) for (Entry e : top.get("seeds").list()) seeds.add(e.whole());
        else seeds.add(0L);
        once("dataset", datasets);
        once("model", models);
        once("seeds", seeds);
        Integer limit = top.containsKey("limit") ? top.get("limit").count(1) : null;
        Map<String, Entry> labels = new HashMap<>();
        for (Entry method : top.get("methods").list())
            for (Map<String, String> settings : products(method)) {
                String label = label(method, settings);
                Entry other = labels.putIfAbsent(label, method);
                if (other != null && other != method)
                    throw method.wrong(
                            "expected methods of different names, found '" + label + "' twice; give it a name");
                for (String dataset : datasets)
                    for (String model : models)
                        for (long seed : seeds) {
                            TrainConfig config = new TrainConfig(
                                    dataset, model, "he", 3, 64, "adam", 3e-3, "linear", seed, device, limit);
                            Cell cell = cell(method, label, settings, config);
                            cells.add(cell.matched(twin(method, settings, cell, config)));
                        }
            }
    }

    /** A seed that comes twice would count as two draws. */
    private void once(String key, List<?> values) {
        if (values.stream().distinct().count() < values.size())
            throw top.get(key).wrong("expected each once, found " + values);
    }

    private Cell cell(Entry method, String label, Map<String, String> settings, TrainConfig usual) {
        Map<String, Entry> keys = method.mapping();
        String by = keys.get("method").text();
        Set<String> given = new LinkedHashSet<>();
        TrainConfig config = trained(usual, top.get("train"), given);
        config = trained(config, keys.get("train"), given);
        Recipe recipe = method.here(() -> Recipe.of(by, settings, usual.seed()));
        config = bounded(recipe.adapt(config, given));
        if (!Recipe.needsTrained(by)) return new Cell(label, recipe, config, null, null);
        TrainConfig before = bounded(trained(trained(usual, top.get("train"), given), top.get("base"), given));
        Recipe natural = Recipe.of("none", Map.of(), usual.seed());
        return new Cell(label, recipe, config, new Cell("base", natural, before, null, null), null);
    }

    /** The same at the setting to compare with; null if it is that itself, or there is no such thing. */
    private Cell twin(Entry method, Map<String, String> settings, Cell cell, TrainConfig usual) {
        String by = method.mapping().get("method").text();
        if (against == null || !Recipe.takes(by).contains(against.getKey())) return null;
        Map<String, String> changed = new LinkedHashMap<>(settings);
        changed.put(against.getKey(), against.getValue());
        List<String> idle = Recipe.idle(by, changed);
        if (idle.contains(against.getKey())) return null;
        changed.keySet().removeAll(idle);
        try {
            Recipe.of(by, changed, usual.seed());
        } catch (SteepestException e) {
            refused = ": " + e.getMessage();
            return null;
        }
        Cell twin = cell(method, cell.label(), changed, usual);
        return twin.key("").equals(cell.key("")) ? null : twin;
    }

    private static boolean isMatched(Cell cell, Set<String> keys) {
        return cell.matched() != null && keys.contains(cell.matched().key(""));
    }

    /** The one setting to compare with; null if there is none. */
    private Map.Entry<String, String> readAgainst() {
        Entry entry = top.get("against");
        if (entry == null) return null;
        Map<String, Entry> keys = entry.mapping(List.copyOf(Recipe.keys()));
        if (keys.size() != 1) throw entry.wrong("expected one setting, such as {assign: random}, found " + keys.size());
        var only = keys.entrySet().iterator().next();
        return Map.entry(only.getKey(), bounded(only.getKey(), only.getValue()));
    }

    private TrainConfig bounded(TrainConfig config) {
        return config.withEpochs((int) Math.min(config.epochs(), most.getOrDefault("epochs", Double.MAX_VALUE)))
                .withBatch((int) Math.min(config.batch(), most.getOrDefault("batch", Double.MAX_VALUE)));
    }

    /** With what a mapping of training options says, if there is one. @param given takes their names */
    private static TrainConfig trained(TrainConfig config, Entry entry, Set<String> given) {
        if (entry == null) return config;
        Map<String, Entry> keys = entry.mapping(TRAIN);
        given.addAll(keys.keySet());
        return entry.here(() -> {
            TrainConfig c = config;
            if (keys.containsKey("epochs")) c = c.withEpochs(keys.get("epochs").count(1));
            if (keys.containsKey("batch")) c = c.withBatch(keys.get("batch").count(1));
            if (keys.containsKey("optimizer"))
                c = c.withOptimizer(keys.get("optimizer").oneOf(Optimizers.names()));
            if (keys.containsKey("lr")) c = c.withLr(keys.get("lr").number());
            if (keys.containsKey("init")) c = c.withInit(keys.get("init").oneOf(Initializer.NAMES));
            if (keys.containsKey("schedule"))
                c = c.withSchedule(keys.get("schedule").oneOf(Schedule.NAMES));
            return c;
        });
    }

    /** The settings of a method, one map for each combination of what is a list. */
    private List<Map<String, String>> products(Entry method) {
        Map<String, Entry> keys = method.mapping();
        if (!keys.containsKey("method")) throw method.wrong("expected the key method, found none");
        String by = keys.get("method").oneOf(Recipe.names());
        List<String> known = new ArrayList<>(List.of("name", "method", "train"));
        known.addAll(Recipe.takes(by));
        method.mapping(known);
        List<Map<String, String>> all = new ArrayList<>(List.of(Map.of()));
        for (String key : Recipe.takes(by)) {
            if (!keys.containsKey(key)) continue;
            List<Map<String, String>> longer = new ArrayList<>();
            for (Map<String, String> one : all)
                for (Entry value : keys.get(key).list()) {
                    Map<String, String> more = new LinkedHashMap<>(one);
                    more.put(key, bounded(key, value));
                    if (!longer.contains(more)) longer.add(more);
                    else if (!most.containsKey(key)) throw value.wrong("expected each once, found it twice");
                }
            all = longer;
        }
        return all;
    }

    private String bounded(String key, Entry value) {
        if (!most.containsKey(key)) return value.text();
        double v = Math.min(value.number(), most.get(key));
        return v == Math.rint(v) ? Long.toString((long) v) : Double.toString(v);
    }

    /** The name, and what of a list this is. */
    private static String label(Entry method, Map<String, String> settings) {
        Map<String, Entry> keys = method.mapping();
        String varied = settings.entrySet().stream()
                .filter(s -> keys.get(s.getKey()).list().size() > 1)
                .map(s -> " " + s.getKey() + "=" + s.getValue())
                .collect(Collectors.joining());
        return keys.getOrDefault("name", keys.get("method")).text() + varied;
    }

    private void readAttack(Entry entry) {
        Map<String, Entry> keys = entry.mapping();
        for (String key : List.of("attack", "eps"))
            if (!keys.containsKey(key)) throw entry.wrong("expected the key " + key + ", found none");
        String attack = keys.get("attack").oneOf(Attacks.names());
        Norm norm = keys.containsKey("norm")
                ? Norm.of(keys.get("norm")
                        .oneOf(Arrays.stream(Norm.values()).map(Norm::toString).toList()))
                : Norm.LINF;
        Target target = keys.containsKey("target")
                ? Target.of(keys.get("target")
                        .oneOf(Arrays.stream(Target.values())
                                .map(Target::toString)
                                .toList()))
                : Target.NONE;
        Set<String> takes = entry.here(() -> Attacks.settings(attack, Options.of(norm, 0.1)));
        List<String> known = new ArrayList<>(List.of("attack", "eps", "norm", "target", "limit"));
        known.addAll(takes);
        entry.mapping(known);
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (String key : takes)
            if (keys.containsKey(key)) numbers.put(key, Double.parseDouble(bounded(key, numeric(keys.get(key)))));
        for (Entry e : keys.get("eps").list()) {
            AttackCell cell = new AttackCell(attack, norm, epsilon(e, norm), numbers, target, limit(keys));
            entry.here(cell::make);
            add(cell, e);
        }
    }

    private void readCertificate(Entry entry) {
        Map<String, Entry> keys = entry.mapping(List.of("method", "eps", "limit"));
        for (String key : List.of("method", "eps"))
            if (!keys.containsKey(key)) throw entry.wrong("expected the key " + key + ", found none");
        for (Entry by : keys.get("method").list())
            for (Entry e : keys.get("eps").list()) {
                double epsilon = epsilon(e, Norm.LINF);
                if (Double.isInfinite(epsilon)) throw e.expected("a finite number");
                add(new CertificateCell(Method.of(by.oneOf(Method.names())), epsilon, limit(keys)), e);
            }
    }

    private static double epsilon(Entry e, Norm norm) {
        return e.here(() -> Budget.within("eps", Budget.quantity("eps", e.text()), norm, Dataset.Domain.UNIT));
    }

    private Integer limit(Map<String, Entry> keys) {
        if (!keys.containsKey("limit")) return null;
        return (int) Math.min(keys.get("limit").count(1), most.getOrDefault("limit", Double.MAX_VALUE));
    }

    private void add(Judgement j, Entry e) {
        String column = Row.column(j);
        if (judgements.stream()
                .anyMatch(other ->
                        Row.column(other).equals(column) || other.fields().equals(j.fields())))
            throw e.wrong(
                    "expected different attacks and certificates, found another that is or is called '" + column + "'");
        judgements.add(j);
    }

    private static Entry numeric(Entry e) {
        e.number();
        return e;
    }

    /** What the experiment is called, {@code -smoke} behind it where it is small. */
    public String name() {
        return smoke ? name + "-smoke" : name;
    }

    /** What it is about; empty if it does not say. */
    public String about() {
        return top.containsKey("about") ? top.get("about").text() : "";
    }

    /** The label of the method that others are compared with; null if none is named. */
    public String baseline() {
        return baseline;
    }

    /** The setting that methods are compared with themselves at, {@code key=value}; null if none is named. */
    public String against() {
        return against == null ? null : against.toString();
    }

    /** How many networks are trained, those not counted that others go on with. */
    public int trainings() {
        return cells.size();
    }

    /** How many attacks and certificates each network is put to. */
    public int attacksEach() {
        return judgements.size();
    }

    List<Cell> cells() {
        return cells;
    }

    List<Judgement> judgements() {
        return judgements;
    }
}
