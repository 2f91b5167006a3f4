package steepest.lab;

import java.util.LinkedHashMap;
import java.util.Map;
import steepest.attack.Norm;
import steepest.certify.Method;

/** A certificate that trained networks are asked for. */
record CertificateCell(Method method, double epsilon, Integer limit) implements Judgement {
    static final String LABEL = "certified by ";

    @Override
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("certificate", method.toString());
        fields.put("norm", Norm.LINF.toString());
        fields.put("eps", epsilon);
        fields.put("settings", Map.of());
        fields.put("limit", limit);
        return fields;
    }

    @Override
    public String label() {
        return LABEL + method;
    }
}
