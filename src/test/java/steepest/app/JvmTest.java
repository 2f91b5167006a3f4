package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class JvmTest {
    /** Both runs of the tests named "backend" are what the build says they are: with the module, and without it. */
    @Test
    @Tag("backend")
    void theVectorModuleIsThereWhereItShouldBe() {
        boolean there = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        assertThat(System.getProperty("steepest.test.vectorModule")).isEqualTo(Boolean.toString(there));
    }
}
