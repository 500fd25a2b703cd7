package io.weir.core.admission;

/**
 * A bound on pending messages and bytes together, and where the pressure signal is raised and lowered again. The signal
 * falls a tenth of the limit below where it rises, so that it does not flutter.
 */
final class Limit {
    private static final int HYSTERESIS_PERCENT = 10;

    final int maxMessages;
    final long maxBytes;
    private final int highMessages;
    private final long highBytes;
    private final int criticalMessages;
    private final long criticalBytes;
    final int lowMessages;
    final long lowBytes;

    Limit(int maxMessages, long maxBytes, int thresholdPercent) {
        this.maxMessages = maxMessages;
        this.maxBytes = maxBytes;
        int lowPercent = Math.max(0, thresholdPercent - HYSTERESIS_PERCENT);
        this.highMessages = (int) Math.max(1, partRoundedUp(maxMessages, thresholdPercent));
        this.highBytes = Math.max(1, partRoundedUp(maxBytes, thresholdPercent));
        int criticalPercent = (thresholdPercent + 100) / 2;
        this.criticalMessages = (int) Math.max(1, (long) maxMessages * criticalPercent / 100);
        this.criticalBytes = Math.max(1, maxBytes * criticalPercent / 100);
        this.lowMessages = (int) ((long) maxMessages * lowPercent / 100);
        this.lowBytes = maxBytes * lowPercent / 100;
    }

    /** What is at least that part of the limit: 4 of 5 are 75 percent, and 3 are not. */
    private static long partRoundedUp(long limit, int percent) {
        return (limit * percent + 99) / 100;
    }

    /** How much of it is taken; see {@link io.weir.core.Count#permilleOf}. */
    long permille(long held) {
        return Amount.count(held).permilleOf(maxMessages, maxBytes);
    }

    /** Whether at most half of it is taken. */
    boolean isHalfFree(long held) {
        return Amount.messages(held) <= maxMessages / 2 && Amount.bytes(held) <= maxBytes / 2;
    }

    boolean fits(long held, int messages, long bytes) {
        return Amount.messages(held) + messages <= maxMessages && Amount.bytes(held) + bytes <= maxBytes;
    }

    boolean isHigh(long held) {
        return Amount.messages(held) >= highMessages || Amount.bytes(held) >= highBytes;
    }

    /** Whether more than half of what the threshold leaves is taken. */
    boolean isCritical(long held) {
        return Amount.messages(held) >= criticalMessages || Amount.bytes(held) >= criticalBytes;
    }

    boolean isLow(long held) {
        return Amount.messages(held) <= lowMessages && Amount.bytes(held) <= lowBytes;
    }
}
