package steepest.app;

import java.io.PrintWriter;
import steepest.data.Progress;

/** Shows the progress of fetching, a bar for each thing that is fetched. To be closed when all is done. */
final class ProgressBars implements Progress, AutoCloseable {
    private final PrintWriter err;
    private String what = "";
    private Bar bar;

    ProgressBars(PrintWriter err) {
        this.err = err;
    }

    @Override
    public void update(String what, long done, long total) {
        if (bar == null || !what.equals(this.what)) {
            close();
            this.what = what;
            bar = new Bar(err, what, total, " MiB", 1 << 20);
        }
        bar.to(done);
    }

    @Override
    public void close() {
        if (bar != null) bar.close();
        bar = null;
    }
}
