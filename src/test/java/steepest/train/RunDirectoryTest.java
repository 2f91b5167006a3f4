package steepest.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;
import steepest.data.Datasets;
import steepest.data.Split;
import steepest.io.Json;
import steepest.io.Safetensors;
import steepest.nn.Summary;
import steepest.nn.Weights;

class RunDirectoryTest {
    @TempDir
    Path tmp;

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void whatWasKeptGivesTheSameFigures(String device) {
        Path run = tmp.resolve("deep/run");
        TrainResult r = Bars.trainer(Bars.config(device)).into(run).train();
        Trained kept = Trained.load(run);
        assertThat(Weights.of(kept.model())).isEqualTo(Weights.of(r.model()));
        assertThat(kept.name()).isEqualTo("mlp");
        assertThat(kept.dataset()).isEqualTo("bars");
        assertThat(kept.sample()).isEqualTo(Shape.of(1, 8, 8));
        assertThat(kept.classes()).isEqualTo(4);
        assertThat(kept.domain()).isEqualTo(Bars.of(1, 0).domain());
        assertThat(kept.interrupted()).isFalse();
        kept.check(Bars.of(60, 2));
        try (Evaluator evaluator = new Evaluator(kept.model(), Device.of(device))) {
            Evaluation again = evaluator.evaluate(Bars.of(60, 2));
            Evaluation first = r.test().orElseThrow();
            assertThat(again.accuracy()).isEqualTo(first.accuracy());
            // ref keeps more digits than float32 files do
            assertThat(again.loss()).isCloseTo(first.loss(), within(device.equals("ref") ? 1e-6 : 0));
            assertThat(again.confusion()).isDeepEqualTo(first.confusion());
        }
    }

    @Test
    void theFilesSayWhatHappened() throws IOException {
        TrainResult r = Bars.trainer(Bars.config("ref").withBatch(8)).into(tmp).train();
        JsonNode config = Json.read(tmp.resolve("config.json"));
        assertThat(config.get("config").toString())
                .isEqualTo(
                        "{\"dataset\":\"bars\",\"model\":\"mlp\",\"init\":\"he\",\"epochs\":2,\"batch\":8,\"optimizer\":\"adam\","
                                + "\"lr\":0.003,\"schedule\":\"linear\",\"seed\":1,\"device\":\"ref\",\"limit\":null}");
        assertThat(config.get("train_samples").asInt()).isEqualTo(200);
        assertThat(config.get("ran_on").get("device").asText()).isEqualTo("ref");
        List<JsonNode> lines = metrics(tmp);
        assertThat(lines.stream().map(l -> l.get("event").asText() + l.get("step")))
                .containsExactly("step20", "step25", "epoch25", "step40", "step50", "epoch50", "end50");
        JsonNode epoch = lines.get(5);
        assertThat(epoch.get("test_accuracy").asDouble())
                .isEqualTo(r.test().orElseThrow().accuracy());
        assertThat(epoch.get("train_loss").asDouble())
                .isEqualTo(r.epochs().get(1).trainLoss());
        JsonNode end = lines.get(6);
        assertThat(end.get("interrupted").asBoolean()).isFalse();
        assertThat(end.get("weights_sha256").asText()).isEqualTo(r.weightsSha256());
        assertThat(Safetensors.read(tmp.resolve("model.safetensors")).metadata())
                .containsEntry("model", "mlp")
                .containsEntry("dataset", "bars")
                .containsEntry("sample_shape", "1,8,8")
                .containsEntry("input_domain", "0.0,1.0")
                .containsEntry("classes", "4");
        try (var files = Files.list(tmp)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("config.json", "metrics.jsonl", "model.safetensors");
        }
    }

    private static List<JsonNode> metrics(Path run) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl")))
            lines.add(new ObjectMapper().readTree(line));
        return lines;
    }

    @Test
    void anInterruptedRunIsKeptAndSaysSo() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        TrainResult r = Bars.trainer(Bars.config("ref"))
                .into(tmp)
                .stopWhen(() -> asked.incrementAndGet() == 3)
                .train();
        Trained kept = Trained.load(tmp);
        assertThat(kept.interrupted()).isTrue();
        assertThat(Weights.of(kept.model())).isEqualTo(Weights.of(r.model()));
        List<JsonNode> lines = metrics(tmp);
        JsonNode end = lines.get(lines.size() - 1);
        assertThat(end.get("event").asText()).isEqualTo("end");
        assertThat(end.get("interrupted").asBoolean()).isTrue();
        assertThat(end.get("step").asInt()).isEqualTo(3);
        assertThat(end.get("test_accuracy").isNull()).isTrue();
    }

    @Test
    void metricsReachTheFileAsTheyCome() throws IOException {
        List<Integer> seen = new ArrayList<>();
        Bars.trainer(Bars.config("ref").withBatch(8).withEpochs(1))
                .into(tmp)
                .listener(new TrainListener() {
                    @Override
                    public void progress(Progress p) {
                        try {
                            seen.add(metrics(tmp).size());
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    }
                })
                .train();
        assertThat(seen).containsExactly(1, 2);
    }

    @Test
    void aNewRunTakesTheOldOnesPlace() throws IOException {
        Bars.trainer(Bars.config("ref")).into(tmp).train();
        AtomicBoolean oldModelGone = new AtomicBoolean();
        Bars.trainer(Bars.config("ref").withModel("linear").withEpochs(1))
                .into(tmp)
                .listener(new TrainListener() {
                    @Override
                    public void started(Summary summary, DeviceInfo device, long steps) {
                        oldModelGone.set(!Files.exists(tmp.resolve("model.safetensors")));
                    }
                })
                .train();
        assertThat(oldModelGone).isTrue();
        assertThat(Trained.load(tmp).name()).isEqualTo("linear");
        assertThat(metrics(tmp)).hasSize(3);
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsRefusedBeforeTraining() throws IOException {
        Path file = Files.writeString(tmp.resolve("file"), "in the way");
        AtomicBoolean started = new AtomicBoolean();
        Trainer trainer = Bars.trainer(Bars.config("ref"))
                .into(file.resolve("run"))
                .listener(new TrainListener() {
                    @Override
                    public void started(Summary summary, DeviceInfo device, long steps) {
                        started.set(true);
                    }
                });
        assertThatThrownBy(trainer::train)
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining(file.toString())
                .message()
                .hasLineCount(1);
        assertThat(started).isFalse();
    }

    private Path changed(BiConsumer<Map<String, HostArray>, Map<String, String>> change) {
        Bars.trainer(Bars.config("ref").withModel("linear").withEpochs(1))
                .into(tmp)
                .train();
        Path file = tmp.resolve("model.safetensors");
        Safetensors.Contents contents = Safetensors.read(file);
        Map<String, HostArray> tensors = new TreeMap<>(contents.tensors());
        Map<String, String> metadata = new TreeMap<>(contents.metadata());
        change.accept(tensors, metadata);
        Safetensors.write(file, tensors, metadata);
        return file;
    }

    private static void refused(Path run, String message) {
        assertThatThrownBy(() -> Trained.load(run))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining(message)
                .message()
                .hasLineCount(1);
    }

    @Test
    void aModelThatIsNotWhatItSaysIsRefused() {
        Path file = changed((t, m) -> t.remove("1.bias"));
        refused(tmp, file + " does not fit the model: missing 1.bias");
        changed((t, m) -> t.put("2.weight", t.get("1.weight")));
        refused(tmp, "unexpected 2.weight");
        changed((t, m) -> t.put("1.bias", HostArray.of(new float[5], Shape.of(5))));
        refused(tmp, "1.bias is f32[5] where f32[4] is expected");
        changed((t, m) -> t.put("1.bias", HostArray.of(new int[4], Shape.of(4))));
        refused(tmp, "1.bias is i32[4] where f32[4] is expected");
        changed((t, m) -> m.remove("model"));
        refused(tmp, "expected metadata 'model'");
        changed((t, m) -> m.put("model", "resnet"));
        refused(tmp, "unknown model resnet");
        changed((t, m) -> m.put("sample_shape", "1,8"));
        refused(tmp, "expected 'sample_shape' to be 3 numbers, found '1,8'");
        changed((t, m) -> m.put("sample_shape", "1,8,-8"));
        refused(tmp, "expected 'sample_shape' to be whole numbers from 1 to 1048576, found '1,8,-8'");
        changed((t, m) -> m.put("sample_shape", "1048576,40,40"));
        refused(tmp, "linear for samples [1048576,40,40] and 4 classes has 6710886404 parameters; the file holds 260");
        changed((t, m) -> m.put("classes", "many"));
        refused(file, "expected 'classes' to be 1 numbers, found 'many'");
    }

    @Test
    void whereThereIsNoModel() {
        refused(tmp, "expected a run directory with a model.safetensors, or such a file, found none");
        refused(tmp.resolve("nowhere"), "nowhere: expected a run directory");
    }

    @Test
    void dataOfAnotherShapeAreRefused() {
        Bars.trainer(Bars.config("ref").withModel("linear").withEpochs(1))
                .into(tmp)
                .train();
        Trained kept = Trained.load(tmp);
        assertThatThrownBy(() -> kept.check(Datasets.load("digits", Split.TEST)))
                .isInstanceOf(SteepestException.class)
                .hasMessage("this linear was trained on bars, samples [1,8,8] of 4 classes; digits has samples [1,8,8]"
                        + " of 10 classes");
    }
}
