package io.weir.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * The JVM's own handling begins a shutdown with the first signal, during which it hears no second one, and treats
 * SIGHUP like SIGTERM. Its API for signals is in the module jdk.unsupported and is not compiled against: a JVM without
 * it falls back to a shutdown hook.
 */

/** What signals ask a running gateway to do. Thread-safe. */
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger("weir.gateway");
    private static final int KILLED_BY_SIGNAL = 128;

    private final CountDownLatch stop = new CountDownLatch(1);
    private final AtomicBoolean stopping = new AtomicBoolean();

    /**
     * From now on SIGTERM and SIGINT end {@link #awaitStop}, a second one ends the process at once with 128 and its
     * number, and SIGHUP has something read again.
     *
     * @param readAgain what to do at SIGHUP
     * @param stopOtherwise what to do when the JVM shuts down and there are no signals to listen to
     */
    static Signals listen(Runnable readAgain, Runnable stopOtherwise) {
        Signals signals = new Signals();
        try {
            for (String name : List.of("TERM", "INT")) {
                signals.handle(name, signals::stop);
            }
        } catch (ReflectiveOperationException e) {
            LOG.warn("this JVM passes no signals on: a second SIGTERM does not end the process at once");
            Runtime.getRuntime().addShutdownHook(new Thread(stopOtherwise, "weir-shutdown"));
            return signals;
        }
        try {
            signals.handle("HUP", number -> hangUp(readAgain));
        } catch (ReflectiveOperationException e) {
            // There is none on this system, or nohup has had it ignored already.
        }
        return signals;
    }

    private interface Action {
        void received(int number);
    }

    private void handle(String name, Action action) throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        InvocationHandler invoked = (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                action.received((int) type.getMethod("getNumber").invoke(arguments[0]));
                yield null;
            }
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> proxy == arguments[0];
            default -> "weir";
        };
        Object handler = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handlerType}, invoked);
        try {
            type.getMethod("handle", type, handlerType)
                    .invoke(null, type.getConstructor(String.class).newInstance(name), handler);
        } catch (InvocationTargetException e) {
            throw new ReflectiveOperationException(name, e.getCause());
        }
    }

    private void stop(int number) {
        if (stopping.compareAndSet(false, true)) {
            stop.countDown();
        } else {
            Runtime.getRuntime().halt(KILLED_BY_SIGNAL + number);
        }
    }

    /** Ends {@link #awaitStop}, as the first signal does; a signal that comes after it ends the process at once. */
    void requestStop() {
        if (stopping.compareAndSet(false, true)) {
            stop.countDown();
        }
    }

    private static void hangUp(Runnable readAgain) {
        LOG.info("SIGHUP: the configuration, API keys, the admin token and files of TLS are read again");
        readAgain.run();
    }

    /** Waits for the first signal to stop. */
    void awaitStop() throws InterruptedException {
        stop.await();
    }
}
