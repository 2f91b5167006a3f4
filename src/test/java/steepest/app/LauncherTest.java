package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, in a checkout of its own among JDKs, a Maven and an apt-get that are shell scripts. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final String VECTOR = "--add-modules jdk.incubator.vector --add-opens java.base/java.io=ALL-UNNAMED";

    @TempDir
    static Path tools;

    @TempDir
    Path dir;

    private Path checkout;
    private Path jdks;
    private Path bin;
    private final Map<String, String> environment = new TreeMap<>();

    private record Result(int status, String out, String err) {}

    /** Nothing of this machine's is on the path but the tools that any system has. */
    @BeforeAll
    static void makeTools() throws IOException {
        var names = List.of(
                "bash",
                "env",
                "sort",
                "find",
                "xargs",
                "sha256sum",
                "readlink",
                "dirname",
                "mkdir",
                "mv",
                "cp",
                "rm",
                "cat",
                "grep",
                "uname",
                "head",
                "tail",
                "sleep",
                "stty",
                "flock");
        for (String name : names)
            for (Path tool : List.of(Path.of("/usr/bin", name), Path.of("/bin", name)))
                if (Files.isExecutable(tool)) script(tools.resolve(name), "exec " + tool + " \"$@\"");
    }

    @BeforeEach
    void makeCheckout() throws IOException {
        // A blank in the name, since people have them.
        checkout = Files.createDirectories(dir.resolve("a checkout"));
        jdks = Files.createDirectories(dir.resolve("jdks"));
        bin = Files.createDirectories(dir.resolve("bin"));
        Files.copy(Path.of("steepest"), checkout.resolve("steepest"));
        write(checkout.resolve("pom.xml"), "<project/>");
        write(checkout.resolve("src/main/java/A.java"), "class A {}");
        maven("echo \"$*\" >>\"" + dir + "/maven.log\"; echo jar >\"$work/steepest.jar\"");
        environment.put("PATH", bin + ":" + tools);
        environment.put("HOME", dir.toString());
        environment.put("STEEPEST_JVM_DIRS", jdks.toString());
    }

    @Test
    void takesTheNewestJdkWithTheFlagsThatItKnows() throws Exception {
        jdk("a", "11.0.2");
        jdk("b", "25.0.1");
        jdk("c", "17.0.9");
        assertThat(launch("train", "two words", "").out())
                .isEqualTo("b " + VECTOR
                        + " --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
                        + " -Dsteepest.stderr=3 -jar " + jar() + " [train] [two words] []\n");
    }

    @Test
    void aJdk17GetsNoFlagThatItDoesNotKnow() throws Exception {
        jdk("c", "17.0.9");
        assertThat(launch().out()).isEqualTo("c " + VECTOR + " -Dsteepest.stderr=3 -jar " + jar() + "\n");
    }

    @Test
    void javaHomeGoesFirstIfItIsNewEnough() throws Exception {
        jdk("b", "25");
        jdk("c", "17.0.9");
        jdk("old", "11.0.2");
        environment.put("JAVA_HOME", jdks.resolve("c").toString());
        assertThat(launch().out()).startsWith("c ");
        environment.put("JAVA_HOME", jdks.resolve("old").toString());
        assertThat(launch().out()).startsWith("b ");
        environment.put("JAVA_HOME", dir.resolve("nowhere").toString());
        assertThat(launch().out()).startsWith("b ");
    }

    @Test
    void aJdkOnThePathIsFound() throws Exception {
        jdk("b", "21");
        Files.createSymbolicLink(bin.resolve("javac"), jdks.resolve("b/bin/javac"));
        environment.put("STEEPEST_JVM_DIRS", "");
        assertThat(launch().out()).startsWith("b ");
    }

    @Test
    void aJdkThatDoesNotStartIsPassedOver() throws Exception {
        jdk("b", "25");
        script(jdks.resolve("b/bin/java"), "exit 1");
        jdk("c", "17.0.9");
        assertThat(launch().out()).startsWith("c ");
    }

    @Test
    void aJreWithoutCompilerIsPassedOver() throws Exception {
        jdk("b", "25");
        Files.delete(jdks.resolve("b/bin/javac"));
        jdk("c", "17.0.9");
        assertThat(launch().out()).startsWith("c ");
    }

    @Test
    void flagsThatAJdkRefusesAreLeftOut() throws Exception {
        jdk("d", "30");
        Path java = jdks.resolve("d/bin/java");
        write(java, Files.readString(java).replace("#refuse", "case \"$*\" in *unsafe*|*vector*) exit 1;; esac"));
        assertThat(launch().out())
                .isEqualTo("d --add-opens=java.base/java.io=ALL-UNNAMED --enable-native-access=ALL-UNNAMED -jar "
                        + jar() + "\n");
    }

    @Test
    void aJdkThatIsInstalledLaterIsNoticed() throws Exception {
        jdk("c", "17.0.9");
        assertThat(launch().out()).startsWith("c ");
        jdk("d", "21");
        assertThat(launch().out()).startsWith("d ");
    }

    @Test
    void buildsOnceAndAgainOnlyWhenTheSourcesHaveChanged() throws Exception {
        jdk("c", "17.0.9");
        var first = launch();
        assertThat(first.err()).isEqualTo("steepest: building (the first time, or the sources have changed)\n");
        assertThat(checkout.resolve("target/steepest.jar")).hasContent("jar");
        assertThat(launch().err()).isEmpty();

        Path source = checkout.resolve("src/main/java/A.java");
        Files.setLastModifiedTime(source, FileTime.fromMillis(0));
        assertThat(launch().err()).as("the same bytes, another time").isEmpty();
        write(source, "class B {}");
        Files.setLastModifiedTime(source, FileTime.fromMillis(0));
        assertThat(launch().err()).as("other bytes, the same time").contains("building");
        Files.move(source, checkout.resolve("src/main/java/B.java"));
        assertThat(launch().err()).as("another name").contains("building");
        write(checkout.resolve("kernels/matmul.cl"), "kernel");
        assertThat(launch().err()).as("a kernel").contains("building");
        assertThat(launch().err()).isEmpty();
        assertThat(Files.readAllLines(dir.resolve("maven.log")))
                .hasSize(4)
                .allSatisfy(line -> assertThat(line).contains("-Dmaven.test.skip=true", "-Dspotless.check.skip=true"));
        try (var left = Files.list(checkout.resolve("target/launcher"))) {
            assertThat(left.map(p -> p.getFileName().toString()))
                    .containsExactlyInAnyOrder("steepest.jar", "stamp", "jdk", "build.log", "lock");
        }
    }

    @Test
    void aFailedBuildIsToldAndNothingRuns() throws Exception {
        jdk("c", "17.0.9");
        maven("echo '[INFO] chatter'; echo '[ERROR] A.java:[1,1] no such symbol'; exit 1");
        var run = launch("train");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .contains("[ERROR] A.java:[1,1] no such symbol\nsteepest: the build failed (the whole log: ")
                .doesNotContain("chatter");
        assertThat(launch().status()).as("and again").isEqualTo(1);
    }

    @Test
    void twoLaunchesAtOnceBuildOnce() throws Exception {
        jdk("c", "17.0.9");
        maven("echo one >>\"" + dir + "/maven.log\"; sleep 0.5; echo jar >\"$work/steepest.jar\"");
        var both = List.of(start("a"), start("b"));
        for (var process : both) assertThat(finish(process).status()).isZero();
        assertThat(Files.readAllLines(dir.resolve("maven.log"))).hasSize(1);
    }

    @Test
    void theIncubatorWarningGoesAndAllElseStays() throws Exception {
        jdk("c", "17.0.9");
        Path java = jdks.resolve("c/bin/java");
        write(java, Files.readString(java).replace("#run", """
                                echo 'WARNING: Using incubator modules: jdk.incubator.vector' >&2
                                echo 'a driver: hello' >&2
                                sleep 0.2 # two ways to the same place: let the first arrive
                                echo 'steepest: past the filter' >&3
                                exit 7"""));
        launch();
        var run = launch();
        assertThat(run.status()).isEqualTo(7);
        assertThat(run.err()).isEqualTo("a driver: hello\nsteepest: past the filter\n");
    }

    @Test
    void moreFlagsForTheJvmComeFromTheEnvironment() throws Exception {
        jdk("c", "17.0.9");
        environment.put("STEEPEST_JAVA_OPTS", "-Xmx1g -Dx=y");
        assertThat(launch().out()).contains(" -Xmx1g -Dx=y ");
    }

    @Test
    void withoutJdkAndPackagesItSaysWhatToInstall() throws Exception {
        var run = launch();
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .startsWith("steepest: a JDK of version 17 or later is missing; install")
                .hasLineCount(1);
    }

    @Test
    void missingJdkAndMavenAreInstalledOnDebianByRoot() throws Exception {
        Files.delete(bin.resolve("mvn"));
        Path staged = Files.createDirectories(dir.resolve("staged"));
        jdk("c", "17.0.9");
        Files.move(jdks.resolve("c"), staged.resolve("c"));
        maven("echo jar >\"$work/steepest.jar\"");
        Files.move(bin.resolve("mvn"), staged.resolve("mvn"));
        script(bin.resolve("apt-get"), """
                echo "$*" >>"%1$s/apt.log"
                case "$*" in
                  *install*jdk*) mv "%1$s/staged/c" "%1$s/jdks/c" ;;
                  *install*maven*) mv "%1$s/staged/mvn" "%1$s/bin/mvn" ;;
                esac""".formatted(dir));
        var run = launch("train");
        boolean root = Integer.valueOf(0).equals(Files.getAttribute(checkout, "unix:uid"));
        if (root) {
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.out()).startsWith("c ").endsWith("[train]\n");
            assertThat(run.err()).isEqualTo("""
                            steepest: a JDK of version 17 or later is missing: installing openjdk-17-jdk-headless with apt-get
                            steepest: Maven is missing: installing maven with apt-get
                            steepest: building (the first time, or the sources have changed)
                            """);
            assertThat(Files.readAllLines(dir.resolve("apt.log")))
                    .contains(
                            "install -y --no-install-recommends -o DPkg::Lock::Timeout=120 openjdk-17-jdk-headless",
                            "install -y --no-install-recommends -o DPkg::Lock::Timeout=120 maven");
        } else {
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err())
                    .isEqualTo(
                            "steepest: a JDK of version 17 or later is missing; install it: sudo sh -c 'apt-get update"
                                    + " && apt-get install -y --no-install-recommends openjdk-17-jdk-headless'\n");
        }
    }

    /** This JVM and the real command line behind the launcher: one line of error, and nothing from the JVM. */
    @Test
    void aRealJvmPrintsOneLineAndItsStatus() throws Exception {
        Path jar = dir.resolve("real.jar");
        var manifest = new Manifest();
        var attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, "steepest.app.Main");
        attributes.put(
                Attributes.Name.CLASS_PATH,
                Arrays.stream(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
                        .map(entry -> Path.of(entry).toUri().toString())
                        .collect(Collectors.joining(" ")));
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        maven("cp \"" + jar + "\" \"$work/steepest.jar\"");
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        launch();
        var run = launch("nosuch");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).isEqualTo("steepest: unknown command 'nosuch' (see steepest --help)\n");
        var help = launch("--help");
        assertThat(help.status()).isZero();
        assertThat(help.err()).isEmpty();
        assertThat(help.out()).startsWith("Usage: steepest");
    }

    private Path jar() throws IOException {
        return checkout.toRealPath().resolve("target/launcher/steepest.jar");
    }

    /** A JDK that prints its name, its flags and what the program is given. */
    private void jdk(String name, String version) throws IOException {
        Path home = jdks.resolve(name);
        write(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(home.resolve("bin/javac"), "exit 0");
        script(home.resolve("bin/java"), """
                #refuse
                [ "${!#}" = -version ] && exit 0
                #run
                printf '%%s' '%s'
                while [ $# -gt 0 ]; do
                  printf ' %%s' "$1"
                  if [ "$1" = -jar ]; then printf ' %%s' "$2"; shift 2; break; fi
                  shift
                done
                for argument; do printf ' [%%s]' "$argument"; done
                printf '\\n'""".formatted(name));
    }

    /** A Maven that does this, with the directory to build in as $work. */
    private void maven(String body) throws IOException {
        script(bin.resolve("mvn"), """
                for argument; do case "$argument" in -Dbuild.dir=*) work=${argument#-Dbuild.dir=} ;; esac; done
                mkdir -p "$work"
                """ + body);
    }

    private static void script(Path file, String body) throws IOException {
        write(file, "#!/bin/bash\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private Process start(String... args) throws IOException {
        var command = new ArrayList<>(List.of(checkout.resolve("steepest").toString()));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command).directory(dir.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    private Result launch(String... args) throws Exception {
        return finish(start(args));
    }

    private static Result finish(Process process) throws Exception {
        process.getOutputStream().close();
        // What is written here is far less than a pipe holds, so the streams may be read one after the other.
        String out = new String(process.getInputStream().readAllBytes());
        String err = new String(process.getErrorStream().readAllBytes());
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return new Result(process.exitValue(), out, err);
    }
}
