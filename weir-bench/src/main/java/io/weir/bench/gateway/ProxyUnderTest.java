package io.weir.bench.gateway;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A proxy under measurement. Not thread-safe. */
final class ProxyUnderTest {
    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;
    private static final double MICROS_PER_TICK = 10_000;

    final String name;
    final int port;
    final List<Double> microsPerRequest = new ArrayList<>();
    final List<Double> requestsPerSecond = new ArrayList<>();
    private final long pid;

    ProxyUnderTest(String name, int port, Process process) {
        this.name = name;
        this.port = port;
        this.pid = process.pid();
    }

    /** CPU time that the process has used so far, in user and kernel mode, in microseconds; ticks of 10 ms. */
    double cpuMicros() throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(afterName[USER_TICKS]) + Long.parseLong(afterName[SYSTEM_TICKS])) * MICROS_PER_TICK;
    }
}
