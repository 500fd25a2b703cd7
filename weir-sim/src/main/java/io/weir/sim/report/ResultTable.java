package io.weir.sim.report;

import io.weir.sim.run.MessageCounters;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.run.Result;
import io.weir.sim.scenario.ClientGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** A result as a grid: everything in the first column, and a column for each group of clients if there are several. */
public final class ResultTable {
    private static final int MAX_GROUPS = 8;
    private static final int MEDIAN = 500;
    private static final int P95 = 950;
    private static final int P99 = 990;

    private final List<MessageCounters> accounts = new ArrayList<>();
    private final List<String> columns = new ArrayList<>();
    private final List<Table.Row> rows = new ArrayList<>();

    private ResultTable(Result result) {
        columns.add("total");
        accounts.add(result.total());
        List<ClientGroup> groups = result.scenario().clients();
        if (groups.size() > 1 && groups.size() <= MAX_GROUPS) {
            for (ClientGroup group : groups) {
                columns.add(group.name());
                accounts.add(result.group(group.name()));
            }
        }
    }

    /** The grid of a result. */
    public static Table of(Result result) {
        return new ResultTable(result).grid(result);
    }

    private Table grid(Result result) {
        fate("offered", Fate.OFFERED);
        fate("admitted", Fate.ADMITTED);
        fate("refused", Fate.REFUSED);
        fateIfAny("dropped", Fate.DROPPED);
        fateIfAny("disconnected", Fate.DISCONNECTED);
        fate("shed", Fate.SHED);
        fateIfAny("paused", Fate.PAUSED);
        fate("expired", Fate.EXPIRED);
        fate("cancelled", Fate.CANCELLED);
        fate("evicted", Fate.EVICTED);
        fate("failed", Fate.FAILED);
        fate("completed", Fate.COMPLETED);
        fate("completed in time", Fate.GOOD);
        if (result.total().messages(Fate.RETRIED) > 0) {
            fate("offered again", Fate.RETRIED);
            row(
                    "  of those admitted",
                    account -> account.messages(Fate.RETRIED) == 0
                            ? "-"
                            : Formats.percent(
                                    (double) account.messages(Fate.RETRIED_ADMITTED) / account.messages(Fate.RETRIED)));
        }
        row(
                "rejected",
                account -> account.messages(Fate.OFFERED) == 0
                        ? "-"
                        : Formats.percent((double) account.rejected() / account.messages(Fate.OFFERED)));
        row(
                "goodput, share of capacity",
                account -> Formats.share(result.capacity() == 0 ? 0 : account.messages(Fate.GOOD) / result.capacity()));
        row("latency p50", account -> Formats.millis(account.latency().percentile(MEDIAN)));
        row("latency p95", account -> Formats.millis(account.latency().percentile(P95)));
        row("latency p99", account -> Formats.millis(account.latency().percentile(P99)));
        row("wait p99", account -> Formats.millis(account.waits().percentile(P99)));
        total("most pending messages", Formats.count(result.peaks().messages()));
        total("most pending bytes", Formats.count(result.peaks().bytes()));
        total("conservation", result.isConserved() ? "ok" : "BROKEN");
        return new Table(columns, rows);
    }

    /** The count, and below it the reasons for it, unless the only one has the same name. */
    private void fate(String label, Fate fate) {
        row(label, account -> Formats.count(account.messages(fate)));
        Set<String> reasons = accounts.get(0).byReason(fate).keySet();
        if (!reasons.equals(Set.of(label))) {
            reasons.forEach(reason -> row(
                    "  reason " + reason,
                    account -> Formats.count(account.byReason(fate).getOrDefault(reason, 0L))));
        }
    }

    private void fateIfAny(String label, Fate fate) {
        if (accounts.get(0).messages(fate) > 0) {
            fate(label, fate);
        }
    }

    private void row(String label, Function<MessageCounters, String> figure) {
        rows.add(new Table.Row(label, accounts.stream().map(figure).toList()));
    }

    private void total(String label, String figure) {
        List<String> cells = new ArrayList<>();
        cells.add(figure);
        while (cells.size() < columns.size()) {
            cells.add("");
        }
        rows.add(new Table.Row(label, cells));
    }
}
