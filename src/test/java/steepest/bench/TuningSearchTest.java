package steepest.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import steepest.bench.TuningSearch.Answer;
import steepest.bench.TuningSearch.Family;
import steepest.bench.TuningSearch.Found;

class TuningSearchTest {
    private static final JsonNode TABLE = json("{'panel':{'M':12,'V':2},'tiles':[{'K':8},{'K':16}],'group':64}");
    private static final Family FAMILY = TuningSearch.families(
                    json("{'f':{'ops':['matmul'],'work':['matmul 256'],'values':{"
                            + "'/panel/M':[4,8,12],'/panel/V':[1,2],'/tiles/*/K':[8,32],'/absent/X':[1]}}}"))
            .get(0);

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text.replace('\'', '"'));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Answer ratio(double r) {
        return new Answer(Map.of("work", r), "");
    }

    @Test
    void findsTheBestSizesOneAfterTheOther() {
        Found found = TuningSearch.run(
                FAMILY,
                TABLE,
                TABLE,
                t -> true,
                (f, t, proof, care) -> ratio((t.at("/panel/M").asInt() == 8 ? 1.5 : 1)
                        * (t.at("/tiles/1/K").asInt() == 32 ? 1.2 : 1)
                        * (t.at("/tiles/0/K").asInt() == 32 ? 0.5 : 1)),
                () -> false);
        assertThat(found.table()).isEqualTo(json("{'panel':{'M':8,'V':2},'tiles':[{'K':8},{'K':32}],'group':64}"));
        assertThat(found.ratio()).isEqualTo(1.5 * 1.2);
        assertThat(found.failures()).isEmpty();
    }

    @Test
    void whatFailsOrIsNotClearlyFasterIsNotTaken() {
        Found found = TuningSearch.run(
                FAMILY,
                TABLE,
                TABLE,
                t -> true,
                (f, t, proof, care) -> t.at("/panel/M").asInt() == 4 ? Answer.failed("does not build") : ratio(1.02),
                () -> false);
        assertThat(found.table()).isEqualTo(TABLE);
        assertThat(found.ratio()).isEqualTo(1);
        assertThat(found.failures()).containsOnly("does not build");
    }

    /** Proof is dear, so it is asked of what would be taken, and of all of that. */
    @Test
    void whatWouldBeTakenMustBeProven() {
        Found found = TuningSearch.run(
                FAMILY,
                TABLE,
                TABLE,
                t -> true,
                (f, t, proof, care) -> 1.5 >= proof ? Answer.failed("a parity case fails") : ratio(1.5),
                () -> false);
        assertThat(found.table()).isEqualTo(TABLE);
        assertThat(found.failures()).hasSize(found.tried());
    }

    @Test
    void whatTheLastAndCarefulComparisonDoesNotConfirmIsDropped() {
        Found found = TuningSearch.run(
                FAMILY, TABLE, TABLE, t -> true, (f, t, proof, care) -> ratio(care > 1 ? 0.99 : 1.4), () -> false);
        assertThat(found.table()).isEqualTo(TABLE);
        assertThat(found.ratio()).isEqualTo(1);
    }

    @Test
    void whatIsNoTableIsPassedOver() {
        Found found = TuningSearch.run(
                FAMILY,
                TABLE,
                TABLE,
                t -> t.at("/panel/M").asInt() != 8,
                (f, t, proof, care) -> ratio(t.at("/panel/M").asInt() == 8 ? 2 : 1),
                () -> false);
        assertThat(found.table()).isEqualTo(TABLE);
        assertThat(found.tried()).isEqualTo(5); // M 4, V 1, K 32 of the first tile, K 8 and 32 of the second
        assertThat(found.failures()).isEmpty();
    }

    @Test
    void sizesFoundEarlierAreTriedFirstAndThoseOfOtherFamiliesStay() {
        JsonNode inUse = json("{'panel':{'M':8,'V':2},'tiles':[{'K':8},{'K':16}],'group':256}");
        List<JsonNode> tried = new ArrayList<>();
        Found found = TuningSearch.run(
                FAMILY,
                inUse,
                TABLE,
                t -> true,
                (f, t, proof, care) -> {
                    tried.add(t);
                    return ratio(t.at("/panel/M").asInt() == 8 ? 1.3 : 0.8);
                },
                () -> tried.size() > 3);
        assertThat(tried.get(0)).isEqualTo(inUse);
        assertThat(found.table()).isEqualTo(inUse);
        assertThat(found.ratio()).isEqualTo(1.3);
    }

    @Test
    void withoutTimeSizesFoundEarlierStay() {
        JsonNode inUse = json("{'panel':{'M':8,'V':2},'tiles':[{'K':8},{'K':16}],'group':64}");
        TuningSearch.Judge none = (f, t, proof, care) -> {
            throw new AssertionError("no time for this");
        };
        assertThat(TuningSearch.run(FAMILY, inUse, TABLE, t -> true, none, () -> true)
                        .table())
                .isEqualTo(inUse);
        // the time is over while the first is tried
        boolean[] over = {false};
        TuningSearch.Judge late = (f, t, proof, care) -> {
            over[0] = true;
            return Answer.failed("no answer");
        };
        Found found = TuningSearch.run(FAMILY, inUse, TABLE, t -> true, late, () -> over[0]);
        assertThat(found.table()).isEqualTo(inUse);
        assertThat(found.tried()).isZero();
    }

    @Test
    void withoutTimeTheTableThatShipsStays() {
        Found found = TuningSearch.run(
                FAMILY,
                TABLE,
                TABLE,
                t -> true,
                (f, t, proof, care) -> {
                    throw new AssertionError("no time for this");
                },
                () -> true);
        assertThat(found.table()).isEqualTo(TABLE);
        assertThat(found.tried()).isZero();
    }
}
