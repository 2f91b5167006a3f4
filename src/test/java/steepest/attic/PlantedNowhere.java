package steepest.attic;

import steepest.Shape;

/** Planted for {@code LayeringTest}: an arrow that must be found. */
final class PlantedNowhere {
    private PlantedNowhere() {}

    static Class<?> arrow() {
        return Shape.class;
    }
}
