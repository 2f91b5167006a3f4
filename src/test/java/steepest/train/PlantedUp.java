package steepest.train;

import steepest.app.Main;

/** Planted for {@code LayeringTest}: an arrow that must be found. */
final class PlantedUp {
    private PlantedUp() {}

    static Class<?> arrow() {
        return Main.class;
    }
}
