package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.backend.opencl.binding.Bindings;
import steepest.backend.opencl.binding.Cl;
import steepest.backend.opencl.binding.ClException;

class ProgramCacheTest {
    @TempDir
    Path dir;

    private Set<String> entries() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(f -> f.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void whatIsNoEntryCountsAsMissing() throws IOException {
        ProgramCache cache = new ProgramCache(dir);
        byte[] binary = {1, 2, 3, 4};
        assertThat(cache.store("key", binary)).isTrue();
        assertThat(cache.find("key")).hasValue(binary);
        byte[] whole = Files.readAllBytes(dir.resolve("key"));
        for (int length : new int[] {0, 1, 31, 32, 33, whole.length - 1}) {
            Files.write(dir.resolve("key"), java.util.Arrays.copyOf(whole, length));
            assertThat(cache.find("key")).as("the first %d bytes", length).isEmpty();
        }
        Files.writeString(dir.resolve("key"), "garbage that is longer than a digest, of whatever origin it be");
        assertThat(cache.find("key")).isEmpty();
        Files.delete(dir.resolve("key"));
        Files.createDirectory(dir.resolve("key"));
        assertThat(cache.find("key")).isEmpty();
        assertThat(cache.store("key", binary)).isFalse();
        assertThat(entries()).containsExactly("key"); // and no temporary file
    }

    @Test
    void whatWasNotUsedForLongestMakesRoom() throws IOException {
        ProgramCache cache = new ProgramCache(dir, 3 * (32 + 100));
        for (String key : List.of("a", "b", "c")) {
            cache.store(key, new byte[100]);
            age(key, 500 - key.charAt(0)); // c is the youngest of the old
        }
        assertThat(cache.find("a")).isPresent(); // and so the last used
        Files.createFile(dir.resolve(".b.123.0.tmp"));
        Files.createFile(dir.resolve(".b.124.0.tmp"));
        age(".b.123.0.tmp", 2 * 3600);
        cache.store("d", new byte[100]);
        assertThat(entries()).containsExactly(".b.124.0.tmp", "a", "c", "d");
        cache.store("e", new byte[150]);
        assertThat(entries()).containsExactly(".b.124.0.tmp", "d", "e");
    }

    private void age(String name, long seconds) throws IOException {
        Files.setLastModifiedTime(dir.resolve(name), FileTime.from(Instant.now().minusSeconds(seconds)));
    }

    @Test
    void keysTellTheirPartsApart() {
        assertThat(ProgramCache.key("ab", "c")).isNotEqualTo(ProgramCache.key("a", "bc"));
        assertThat(ProgramCache.key("a", "b")).isEqualTo(ProgramCache.key("a", "b"));
    }

    @Test
    void itCanBeSwitchedOff() throws IOException {
        ProgramCache cache = new ProgramCache(dir);
        cache.store("key", new byte[] {1});
        System.setProperty("steepest.opencl.cache", "off");
        try {
            assertThat(cache.find("key")).isEmpty();
            assertThat(cache.store("other", new byte[] {1})).isFalse();
        } finally {
            System.clearProperty("steepest.opencl.cache");
        }
        assertThat(entries()).containsExactly("key");
    }

    /** The same source on the same device, under another driver: the old binary must not be taken. */
    @Test
    @Tag("opencl")
    void anotherDriverIsAnotherEntry() throws IOException {
        OpenCl.first(OpenCl.backend("lwjgl")); // skips where there is none
        Cl cl = Bindings.load("lwjgl").cl();
        Cl.DeviceId device = cl.devices(cl.platforms().get(0)).get(0);
        for (String driver : List.of("1.0", "1.1", "1.0")) {
            Cl other = withDriver(cl, driver);
            Cl.Context context = other.createContext(device);
            Programs programs = new Programs(other, context, device, true, new ProgramCache(dir));
            programs.require(List.of(Unit.of("philox", Map.of())));
            programs.close();
            other.release(context);
        }
        assertThat(entries()).hasSize(2);
    }

    /** A driver that builds programs but gives no binaries of them. */
    @Test
    @Tag("opencl")
    void aProgramWhoseBinaryCannotBeHadIsGoodAndNotKept() throws IOException {
        OpenCl.first(OpenCl.backend("lwjgl")); // skips where there is none
        Cl cl = Bindings.load("lwjgl").cl();
        Cl.DeviceId device = cl.devices(cl.platforms().get(0)).get(0);
        boolean[] asked = {false};
        Cl other = proxy(cl, (method, args) -> {
            if (!method.getName().equals("binary")) return null;
            asked[0] = true;
            throw new ClException("clGetProgramInfo", -30);
        });
        Cl.Context context = other.createContext(device);
        Programs programs = new Programs(other, context, device, true, new ProgramCache(dir));
        Unit unit = Unit.of("philox", Map.of()).only("iota");
        programs.require(List.of(unit));
        assertThat(asked[0]).isTrue();
        other.release(programs.kernel(new Launch(unit, "iota", List.of(), new Grid.Groups(1), List.of())));
        assertThat(entries()).isEmpty();
        programs.close();
        other.release(context);
    }

    /** What a call gives in place of the binding; null where that is to be asked. */
    @FunctionalInterface
    interface Answer {
        Object to(Method method, Object[] args) throws Throwable;
    }

    private static Cl withDriver(Cl cl, String version) {
        return proxy(
                cl,
                (method, args) ->
                        method.getName().equals("string") && args[1].equals(Cl.DRIVER_VERSION) ? version : null);
    }

    static Cl proxy(Cl cl, Answer answer) {
        return (Cl) Proxy.newProxyInstance(Cl.class.getClassLoader(), new Class<?>[] {Cl.class}, (p, method, args) -> {
            Object own = answer.to(method, args);
            if (own != null) return own;
            try {
                return method.invoke(cl, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }
}
