package steepest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PhiloxTest {
    private static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
        int[] out = new int[4];
        Philox.block(c0, c1, c2, c3, k0, k1, out, 0);
        return out;
    }

    /** The known answers of Random123, the authors' own implementation (file kat_vectors, philox4x32 with 10 rounds). */
    @Test
    void knownAnswers() {
        assertThat(block(0, 0, 0, 0, 0, 0)).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(block(-1, -1, -1, -1, -1, -1)).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertThat(block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    @Test
    void bitsAreBlocksInOrder() {
        Rng.Key key = new Rng.Key(0x0123456789abcdefL, 7);
        int[] bits = new int[11];
        Philox.bits(key, 3, 0, 11, bits, 0);
        int[] second = block(1, 0, 3, 7, 0x89abcdef, 0x01234567);
        assertThat(bits[4]).isEqualTo(second[0]);
        assertThat(bits[7]).isEqualTo(second[3]);
        int[] part = new int[9];
        Philox.bits(key, 3, 4, 11, part, 2);
        for (int i = 4; i < 11; i++) assertThat(part[i - 4 + 2]).isEqualTo(bits[i]);
    }

    @Test
    void countersBeyond32BitsGoOn() {
        Rng.Key key = new Rng.Key(5, 0);
        int[] far = new int[4];
        long from = 4L << 32;
        Philox.bits(key, 0, from, from + 4, far, 0);
        assertThat(far).isEqualTo(block(0, 1, 0, 0, 5, 0));
    }

    @Test
    void uniformsLieBelowOne() {
        assertThat(Philox.uniform(0)).isZero();
        assertThat(Philox.uniform(-1)).isEqualTo(1 - 0x1p-24f).isLessThan(1);
        assertThat(Philox.uniform(0x80000000)).isEqualTo(0.5f);
        assertThat(Philox.uniform(255)).isZero();
    }
}
