package steepest.backend.ref;

import steepest.plan.SteepestEngine;

/** Planted for {@code LayeringTest}: an arrow that must be found. */
final class PlantedSideways {
    private PlantedSideways() {}

    static Class<?> arrow() {
        return SteepestEngine.class;
    }
}
