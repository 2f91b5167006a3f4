package steepest.op;

import steepest.fused.Conv2d;

/** Planted for {@code LayeringTest}: an arrow that must be found. */
final class PlantedUp {
    private PlantedUp() {}

    static Class<?> arrow() {
        return Conv2d.class;
    }
}
