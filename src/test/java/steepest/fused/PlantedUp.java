package steepest.fused;

import steepest.nn.Layer;

/** Planted for {@code LayeringTest}: an arrow that must be found. */
final class PlantedUp {
    private PlantedUp() {}

    static Class<?> arrow() {
        return Layer.class;
    }
}
