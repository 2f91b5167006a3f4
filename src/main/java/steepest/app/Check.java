package steepest.app;

/**
 * A finding of the doctor.
 *
 * @param subject what was looked at
 * @param found one line
 * @param mend the command, or what else, that mends it; empty where nothing is to be mended
 */
record Check(String subject, State state, String found, String mend) {
    enum State {
        OK,
        /** Works, but not as well as it could. */
        WARNING,
        PROBLEM
    }

    static Check ok(String subject, String found) {
        return new Check(subject, State.OK, found, "");
    }

    static Check warning(String subject, String found, String mend) {
        return new Check(subject, State.WARNING, found, mend);
    }

    static Check problem(String subject, String found, String mend) {
        return new Check(subject, State.PROBLEM, found, mend);
    }
}
