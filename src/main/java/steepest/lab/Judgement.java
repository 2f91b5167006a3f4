package steepest.lab;

import java.util.Map;

/** What trained networks are put to: an attack, or a certificate. */
sealed interface Judgement permits AttackCell, CertificateCell {
    /** In the units of the networks' inputs. */
    double epsilon();

    /** How many test samples are judged; null for all there are. */
    Integer limit();

    /** All that determines the outcome, but for the seed. */
    Map<String, Object> fields();

    /** As a column is headed. */
    String label();
}
