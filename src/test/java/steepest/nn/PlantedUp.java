package steepest.nn;

import steepest.backend.Buffer;

/** Planted for {@code LayeringTest}: an arrow that must be found. */
final class PlantedUp {
    private PlantedUp() {}

    static Class<?> arrow() {
        return Buffer.class;
    }
}
