package steepest.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.AtomicFile;
import steepest.Recorder;
import steepest.Recorder.Span;
import steepest.Recorder.Times;
import steepest.SteepestException;

/**
 * Writes what a {@link Recorder} holds as a trace that {@code ui.perfetto.dev} and {@code chrome://tracing} show: Chrome's
 * Trace Event Format, complete events ({@code "ph": "X"}), microseconds since the recording began. The host and each
 * device are a process, the host's threads and a device's lanes are the threads in it.
 */
public final class ChromeTrace {
    private final JsonGenerator json;
    private final long origin;
    private final Map<String, Integer> processes = new LinkedHashMap<>();
    private final Map<String, Integer> threads = new LinkedHashMap<>();

    private ChromeTrace(JsonGenerator json, long origin) {
        this.json = json;
        this.origin = origin;
    }

    /**
     * Writes a file, which appears when it is whole.
     *
     * @return how many spans it holds
     * @throws SteepestException if it cannot be written
     */
    public static int write(Path file, Recorder recorder) {
        List<Span> spans = recorder.spans();
        AtomicFile.write(file, out -> write(out, spans, recorder));
        return spans.size();
    }

    private static void write(OutputStream out, List<Span> spans, Recorder recorder) throws IOException {
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("displayTimeUnit", "ns");
            json.writeObjectFieldStart("otherData");
            json.writeNumberField("spans", spans.size());
            json.writeNumberField("spans_not_kept", recorder.dropped());
            json.writeEndObject();
            json.writeArrayFieldStart("traceEvents");
            ChromeTrace trace = new ChromeTrace(json, recorder.began());
            for (Span s : spans) trace.event(s);
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private void event(Span span) throws IOException {
        int process = process(span.process());
        int thread = thread(process, span.process(), span.lane());
        Times t = span.times();
        json.writeStartObject();
        json.writeStringField("ph", "X");
        json.writeStringField("name", span.name());
        json.writeStringField("cat", span.process().equals(Recorder.HOST) ? Recorder.HOST : "device");
        micros("ts", t.started() - origin);
        micros("dur", t.ended() - t.started());
        json.writeNumberField("pid", process);
        json.writeNumberField("tid", thread);
        if (span.work() != null) {
            json.writeObjectFieldStart("args");
            json.writeStringField("work", span.work().name());
            json.writeNumberField("flops", span.work().flops());
            json.writeNumberField("bytes", span.work().bytes());
            micros("queued", t.queued() - origin);
            micros("submitted", t.submitted() - origin);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    /** To the nanosecond: a double would not hold it over a long run. */
    private void micros(String field, long nanos) throws IOException {
        json.writeFieldName(field);
        long whole = Math.abs(nanos);
        json.writeNumber("%s%d.%03d".formatted(nanos < 0 ? "-" : "", whole / 1000, whole % 1000));
    }

    private int process(String name) throws IOException {
        Integer known = processes.get(name);
        if (known != null) return known;
        int id = processes.size() + 1;
        processes.put(name, id);
        name("process_name", name, id, 0);
        return id;
    }

    private int thread(int process, String processName, String lane) throws IOException {
        String key = processName + "/" + lane;
        Integer known = threads.get(key);
        if (known != null) return known;
        int id = threads.size() + 1;
        threads.put(key, id);
        name("thread_name", lane, process, id);
        return id;
    }

    /** Events that carry no time but a name. */
    private void name(String what, String name, int process, int thread) throws IOException {
        json.writeStartObject();
        json.writeStringField("ph", "M");
        json.writeStringField("name", what);
        json.writeNumberField("pid", process);
        json.writeNumberField("tid", thread);
        json.writeObjectFieldStart("args");
        json.writeStringField("name", name);
        json.writeEndObject();
        json.writeEndObject();
    }
}
