package steepest.app;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ctrl-C (SIGINT) and SIGTERM as a wish to end early. While this is open the first such signal is only noted, so that what
 * is under way can be brought to a good end; a second one ends the JVM as ever: its shutdown hooks run, and nothing else.
 *
 * <p>A shutdown hook would not do: while hooks run the JVM is no longer whole (AWT, for one, refuses to start then). The
 * class {@code sun.misc.Signal} is open to all by JEP 260, but javac warns of its name in a way that cannot be
 * suppressed; hence the reflection.
 */
final class Interrupt implements AutoCloseable {
    private record Previous(Object signal, Object handler) {}

    private final List<Previous> previous = new ArrayList<>();
    private volatile int status;

    Interrupt() {
        for (String name : List.of("INT", "TERM")) {
            try {
                listen(name);
            } catch (ReflectiveOperationException e) {
                // A JVM without this class, or a signal that whoever started it wants ignored: it does what it does.
                continue;
            }
        }
    }

    /** Whether somebody wants this to end. */
    boolean asked() {
        return status != 0;
    }

    /** The exit status by the shell's convention, 128 and the signal's number; 0 if there was no signal. */
    int status() {
        return status;
    }

    private void listen(String name) throws ReflectiveOperationException {
        var signalClass = Class.forName("sun.misc.Signal");
        var handlerClass = Class.forName("sun.misc.SignalHandler");
        var handle = signalClass.getMethod("handle", signalClass, handlerClass);
        var signal = signalClass.getConstructor(String.class).newInstance(name);
        int number = (int) signalClass.getMethod("getNumber").invoke(signal);
        var usual = new AtomicReference<Object>(handlerClass.getField("SIG_DFL").get(null)); // for a moment only
        var handler = Proxy.newProxyInstance(
                Interrupt.class.getClassLoader(), new Class<?>[] {handlerClass}, (proxy, method, args) -> {
                    if (!method.getName().equals("handle")) return method.invoke(this, args);
                    status = 128 + number;
                    return handle.invoke(null, signal, usual.get());
                });
        usual.set(handle.invoke(null, signal, handler));
        previous.add(new Previous(signal, usual.get()));
    }

    @Override
    public void close() {
        for (var p : previous) {
            try {
                var signalClass = p.signal.getClass();
                var handlerClass = Class.forName("sun.misc.SignalHandler");
                var handle = signalClass.getMethod("handle", signalClass, handlerClass);
                try {
                    handle.invoke(null, p.signal, p.handler);
                } catch (InvocationTargetException e) {
                    // Native code, a compiler's say, set and reset the handler beside the JVM, which knows it no more.
                    handle.invoke(
                            null, p.signal, handlerClass.getField("SIG_DFL").get(null));
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e); // it worked a moment ago
            }
        }
    }
}
