package steepest.backend.cpu;

/** Chooses the {@link Lanes} once: vectors where the JVM has the module and nobody switched them off. */
final class Simd {
    private Simd() {}

    private static final class Holder {
        static final Lanes BEST = choose();
    }

    static Lanes best() {
        return Holder.BEST;
    }

    static boolean hasVectorModule() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    private static Lanes choose() {
        if (System.getProperty("steepest.vector", "on").equals("off")) return new ScalarLanes();
        if (!hasVectorModule()) {
            System.err.println("steepest: this JVM runs without --add-modules jdk.incubator.vector,"
                    + " the cpu device uses plain loops (slower, the same results)");
            return new ScalarLanes();
        }
        return Vectors.lanes();
    }

    /** Alone, so that no class of the vector module is asked for where it is absent. */
    static final class Vectors {
        private Vectors() {}

        static Lanes lanes() {
            return new VectorLanes();
        }
    }
}
