package steepest.backend.cpu;

import jdk.incubator.vector.FloatVector;

/** The register tiles for this processor. */
final class VectorTiles {
    /** AVX-512 and AArch64 have 32 vector registers, AVX2 and SSE have 16. */
    static final boolean WIDE = FloatVector.SPECIES_PREFERRED.length() >= 16
            || System.getProperty("os.arch").equals("aarch64");

    static final Lanes.Tile[] TILES = WIDE ? WideTiles.TILES : NarrowTiles.TILES;

    private VectorTiles() {}
}
