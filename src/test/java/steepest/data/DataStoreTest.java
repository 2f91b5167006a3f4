package steepest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.Sha256;
import steepest.SteepestException;
import steepest.data.DataStore.Entry;
import steepest.data.DataStore.State;
import steepest.data.Source.Directory;
import steepest.data.Source.Mirror;
import steepest.data.Source.Part;

/** The chain, on a set of two small files that a directory and a web server of the test's own hold. */
class DataStoreTest {
    private static final byte[] A = "the first file\n".repeat(9000).getBytes(StandardCharsets.US_ASCII);
    private static final byte[] B = "the second".getBytes(StandardCharsets.US_ASCII);
    private static final List<Part> PARTS = List.of(part("a", A), part("b", B));

    @TempDir
    Path dir;

    private Path cache;
    private Path system;
    private HttpServer server;
    /** What the server answers, by path. */
    private final Map<String, byte[]> served = new HashMap<>();

    @BeforeEach
    void start() throws IOException {
        cache = dir.resolve("cache");
        system = Files.createDirectory(dir.resolve("system"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = served.get(exchange.getRequestURI().getPath());
            if (body == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        }
    }

    private Source mirror(String path) {
        return new Mirror("http://127.0.0.1:" + server.getAddress().getPort() + path, ".gz");
    }

    private DataStore store(Source... sources) {
        return new DataStore(
                cache, List.of(new Catalog("set", PARTS, List.of(sources), List.of("mkdir -p %s", "get set %s"))));
    }

    @Test
    void takesWhatASystemDirectoryHas() throws IOException {
        Files.write(system.resolve("a.gz"), gzip(A));
        Files.write(system.resolve("b"), B);
        DataStore store = store(new Directory(system));
        assertThat(store.status("set").state()).isEqualTo(State.ABSENT);
        Entry entry = store.fetch("set", Progress.NONE);
        assertThat(entry)
                .isEqualTo(new Entry(
                        "set", State.CACHED, A.length + B.length, cache.resolve("set"), system.toString(), ""));
        assertThat(store.list()).containsExactly(entry);
        assertThat(store.verify("set")).isEqualTo(entry);
        assertThat(cache.resolve("set/a")).hasBinaryContent(A);
        assertThat(names()).containsExactly("a", "b", "origin.txt");
    }

    @Test
    void goesOnToTheNextSourceForWhatIsMissing() throws IOException {
        Files.write(system.resolve("a"), A);
        served.put("/first/b.gz", gzip("not that".getBytes(StandardCharsets.US_ASCII)));
        served.put("/second/b.gz", gzip(B));
        DataStore store = store(new Directory(system), mirror("/none/"), mirror("/first/"), mirror("/second/"));
        List<String> heard = new ArrayList<>();
        Entry entry = store.fetch("set", (what, done, total) -> heard.add(what + " " + done + "/" + total));
        assertThat(entry.state()).isEqualTo(State.CACHED);
        assertThat(entry.from()).endsWith("/second/");
        assertThat(cache.resolve("set/b")).hasBinaryContent(B);
        assertThat(heard)
                .contains("set: a 65536/135000", "set: a 135000/135000", "set: b 10/10")
                .contains("set: " + system + " 0/-1");
    }

    @Test
    void usesWhatIsCachedWithoutAskingAnybody() throws IOException {
        Files.createDirectories(cache.resolve("set"));
        Files.write(cache.resolve("set/a"), A);
        Files.write(cache.resolve("set/b.gz"), gzip(B));
        DataStore store = store();
        assertThat(store.fetch("set", Progress.NONE).state()).isEqualTo(State.CACHED);
        assertThat(store.file("set", "b", Progress.NONE)).isEqualTo(cache.resolve("set/b.gz"));
        assertThat(store.status("set").from()).isEmpty();
    }

    @Test
    void refusesACorruptFileAndFetchReplacesIt() throws IOException {
        served.put("/a.gz", gzip(A));
        served.put("/b.gz", gzip(B));
        DataStore store = store(mirror("/"));
        store.fetch("set", Progress.NONE);
        Path b = cache.resolve("set/b");
        Files.writeString(b, "thE second");
        String problem = b + ": expected SHA-256 " + PARTS.get(1).sha256() + ", found "
                + sha256("thE second".getBytes(StandardCharsets.US_ASCII));
        assertThat(store.status("set").state()).isEqualTo(State.CORRUPT);
        refused(() -> store.verify("set"), problem);
        refused(
                () -> store.file("set", "b", Progress.NONE),
                problem + "; fetch it anew with: ./steepest data fetch set");
        assertThat(b).content().isEqualTo("thE second");
        assertThat(store.fetch("set", Progress.NONE).state()).isEqualTo(State.CACHED);
        assertThat(b).hasBinaryContent(B);
    }

    @Test
    void refusesATruncatedAnOverlongAndABrokenFile() throws IOException {
        Files.createDirectories(cache.resolve("set"));
        Files.write(cache.resolve("set/a"), A);
        DataStore store = store();
        Path b = cache.resolve("set/b");
        refused(() -> store.verify("set"), cache.resolve("set") + ": expected 2 files, found 1");
        Files.writeString(b, "the secon");
        refused(() -> store.verify("set"), b + ": expected 10 bytes, found 9");
        Files.writeString(b, "the second!");
        refused(() -> store.verify("set"), b + ": expected 10 bytes, found more");
        byte[] zipped = gzip(B);
        Files.write(b, java.util.Arrays.copyOf(zipped, zipped.length - 9));
        assertThatThrownBy(() -> store.verify("set"))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(b + ": expected a whole gzip file, found one that is cut off or corrupt");
    }

    @Test
    void whereNobodyHasItTheErrorSaysWhatToType() throws IOException {
        Files.write(system.resolve("a"), "junk".getBytes(StandardCharsets.US_ASCII));
        int port = server.getAddress().getPort();
        served.put("/short/a.gz", java.util.Arrays.copyOf(gzip(A), 100));
        DataStore store = store(new Directory(system), mirror("/x/"), mirror("/short/"));
        assertThatThrownBy(() -> store.fetch("set", Progress.NONE))
                .isInstanceOf(SteepestException.class)
                .hasMessage("set is not in " + cache.resolve("set") + " and could not be fetched (" + system
                        + ": a: expected 135000 bytes, found 4; http://127.0.0.1:" + port
                        + "/x/: HTTP status 404; http://127.0.0.1:" + port
                        + "/short/: a: Unexpected end of ZLIB input stream); to have it by hand:\n  mkdir -p "
                        + cache.resolve("set") + "\n  get set " + cache.resolve("set")
                        + "\nor put a, b there, plain or as .gz");
        assertThat(cache.resolve("set")).isEmptyDirectory();
    }

    @Test
    void takesNoMoreThanTheFileShouldHave() throws IOException {
        served.put("/a.gz", gzip(new byte[50_000_000]));
        assertThatThrownBy(() -> store(mirror("/")).fetch("set", Progress.NONE))
                .hasMessageContaining("a: expected 135000 bytes, found more");
    }

    @Test
    void aProgramThatIsMissingOrFailsIsTold() {
        Source missing = new Source.Debian("no-such-package-at-all", Path.of("/usr"));
        assertThatThrownBy(() -> store(missing).fetch("set", Progress.NONE))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("(apt-get download no-such-package-at-all: apt-get ");
        assertThatThrownBy(() -> Command.run(dir, 10, "no-such-program", "x"))
                .isInstanceOf(IOException.class)
                .hasMessage("no-such-program is not installed");
    }

    @Test
    void anUnwritableCacheIsToldAtOnce() throws IOException {
        Files.write(system.resolve("a"), A);
        cache = Files.createFile(dir.resolve("plain"));
        Path a = cache.resolve("set/a");
        assertThatThrownBy(() -> store(new Directory(system)).fetch("set", Progress.NONE))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith("cannot write " + a + ": ");
    }

    @Test
    void fetchersAtOnceDoNotDisturbEachOther() throws Exception {
        Files.write(system.resolve("a"), A);
        Files.write(system.resolve("b"), B);
        var pool = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Entry>> fetchers = new ArrayList<>();
            for (int i = 0; i < 8; i++)
                fetchers.add(() -> store(new Directory(system)).fetch("set", Progress.NONE));
            for (var f : pool.invokeAll(fetchers)) assertThat(f.get().state()).isEqualTo(State.CACHED);
        } finally {
            pool.shutdown();
        }
        assertThat(store().verify("set").state()).isEqualTo(State.CACHED);
        assertThat(names()).containsExactly("a", "b", "origin.txt");
    }

    @Test
    void deletesWhatIsItsOwn() throws IOException {
        Files.write(system.resolve("a"), A);
        Files.write(system.resolve("b"), B);
        DataStore store = store(new Directory(system));
        store.fetch("set", Progress.NONE);
        assertThat(store.delete("set")).isGreaterThanOrEqualTo(A.length + B.length);
        assertThat(cache.resolve("set")).doesNotExist();
        assertThat(store.delete("set")).isZero();
        store.fetch("set", Progress.NONE);
        Files.writeString(cache.resolve("set/mine"), "kept");
        Files.createFile(cache.resolve("set/.a.123.0.tmp"));
        store.delete("set");
        assertThat(names()).containsExactly("mine");
        refused(() -> store.verify("set"), "set: expected it in " + cache.resolve("set") + ", found nothing there");
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        refused(
                () -> new DataStore(cache).status("cifar"),
                "unknown dataset 'cifar', expected one of mnist, fashion-mnist, digits");
    }

    @Test
    void theCacheDirectoryFollowsTheEnvironment() {
        assertThat(DataStore.standardDirectory(
                        Map.of("STEEPEST_DATA", "/data", "XDG_CACHE_HOME", "/xdg"), "Linux", "/home/x"))
                .isEqualTo(Path.of("/data"));
        assertThat(DataStore.standardDirectory(Map.of("XDG_CACHE_HOME", "/xdg"), "Linux", "/home/x"))
                .isEqualTo(Path.of("/xdg/steepest"));
        assertThat(DataStore.standardDirectory(Map.of("STEEPEST_DATA", ""), "Mac OS X", "/home/x"))
                .isEqualTo(Path.of("/home/x/.cache/steepest"));
        assertThat(DataStore.standardDirectory(
                        Map.of("LOCALAPPDATA", "/local", "XDG_CACHE_HOME", "/xdg"), "Windows 11", "/home/x"))
                .isEqualTo(Path.of("/local/steepest"));
    }

    private static void refused(Runnable action, String message) {
        assertThatThrownBy(action::run).isInstanceOf(SteepestException.class).hasMessage(message);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(cache.resolve("set"))) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private static Part part(String file, byte[] bytes) {
        return new Part(file, bytes.length, sha256(bytes));
    }

    private static String sha256(byte[] bytes) {
        return Sha256.of(bytes);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gz = new GZIPOutputStream(out)) {
            new ByteArrayInputStream(bytes).transferTo(gz);
        }
        return out.toByteArray();
    }
}
