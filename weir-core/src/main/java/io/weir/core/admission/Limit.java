package io.weir.core.admission;

/**
 * A bound on pending messages and bytes together, and where the pressure signal is raised and lowered again. The
 * signal falls a tenth of the limit below where it rises, so that it does not flutter.
 */
final class Limit {
    private static final int HYSTERESIS_PERCENT = 10;

    final int maxMessages;
    final long maxBytes;
    private final int highMessages;
    private final long highBytes;
    private final int lowMessages;
    private final long lowBytes;

    Limit(int maxMessages, long maxBytes, int thresholdPercent) {
        this.maxMessages = maxMessages;
        this.maxBytes = maxBytes;
        int lowPercent = Math.max(0, thresholdPercent - HYSTERESIS_PERCENT);
        this.highMessages = (int) Math.max(1, (long) maxMessages * thresholdPercent / 100);
        this.highBytes = Math.max(1, maxBytes * thresholdPercent / 100);
        this.lowMessages = (int) ((long) maxMessages * lowPercent / 100);
        this.lowBytes = maxBytes * lowPercent / 100;
    }

    boolean fits(long held, int messages, long bytes) {
        return Amount.messages(held) + messages <= maxMessages && Amount.bytes(held) + bytes <= maxBytes;
    }

    boolean isHigh(long held) {
        return Amount.messages(held) >= highMessages || Amount.bytes(held) >= highBytes;
    }

    boolean isLow(long held) {
        return Amount.messages(held) <= lowMessages && Amount.bytes(held) <= lowBytes;
    }
}
