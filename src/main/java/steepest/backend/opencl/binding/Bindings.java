package steepest.backend.opencl.binding;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import steepest.SteepestException;

/**
 * The choice of a binding by the system property {@code steepest.binding} ({@code lwjgl}, the default, or {@code jocl}),
 * and what came of loading it. Where no loader is found the first call to a binding fails in another way than the later
 * ones, so the outcome of the first is kept.
 */
public final class Bindings {
    /** The name of the system property. */
    public static final String PROPERTY = "steepest.binding";

    private static final String NO_LOADER =
            "no OpenCL loader was found (on Debian: apt-get install ocl-icd-libopencl1)";

    private enum Name {
        LWJGL,
        JOCL
    }

    /**
     * A binding, or why there is none.
     *
     * @param cl null where the loader is missing
     * @param trouble one line; empty where all is well
     */
    public record Loaded(Cl cl, String trouble) {}

    private static final Map<Name, Loaded> LOADED = new EnumMap<>(Name.class);
    private static UnaryOperator<Cl> view = cl -> cl;

    private Bindings() {}

    /**
     * The binding asked for.
     *
     * @throws SteepestException if the property names none
     */
    public static Loaded load() {
        return load(System.getProperty(PROPERTY, "lwjgl"));
    }

    /**
     * The binding of that name.
     *
     * @throws SteepestException if there is none of that name
     */
    public static Loaded load(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "lwjgl" -> load(Name.LWJGL, LwjglCl::new);
            case "jocl" -> load(Name.JOCL, Bindings::jocl);
            default -> throw SteepestException.of("binding: expected lwjgl or jocl, got '%s'", name);
        };
    }

    /**
     * Has every binding that is loaded from now on seen through another object: to watch or to change the calls that are
     * made, as tools and tests do.
     */
    public static synchronized void through(UnaryOperator<Cl> view) {
        Bindings.view = view;
        LOADED.clear();
    }

    /** JOCL's native part writes to stderr where it finds no loader, so LWJGL, which is silent, looks first. */
    private static Cl jocl() {
        if (load("lwjgl").cl() == null) throw new UnsatisfiedLinkError(NO_LOADER);
        return new JoclCl();
    }

    private static synchronized Loaded load(Name name, Supplier<Cl> make) {
        Loaded known = LOADED.get(name);
        if (known == null) {
            known = attempt(make);
            LOADED.put(name, known);
        }
        return known;
    }

    private static Loaded attempt(Supplier<Cl> make) {
        try {
            return new Loaded(view.apply(make.get()), "");
        } catch (LinkageError e) {
            return new Loaded(null, NO_LOADER);
        }
    }
}
