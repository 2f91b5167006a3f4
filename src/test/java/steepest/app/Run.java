package steepest.app;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command of the command line printed, run in this JVM. */
record Run(int status, String out, String err) {
    static Run of(String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(new PrintWriter(out), new PrintWriter(err), args);
        return new Run(status, out.toString(), err.toString());
    }
}
