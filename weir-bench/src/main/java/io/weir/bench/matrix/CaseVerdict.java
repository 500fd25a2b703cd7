package io.weir.bench.matrix;

import java.util.ArrayList;
import java.util.List;

/**
 * What is wrong with Weir's outcome of a case, beside that with the true capacity set by hand and that of no limiter at
 * all.
 *
 * @param faults what it fails at; empty if nothing
 * @param ratio what was of use, over what was with the better of the two others
 */
record CaseVerdict(List<String> faults, double ratio) {
    private static final double SLACK = 0.005;

    static CaseVerdict of(Case played, CaseOutcome weir, CaseOutcome known, CaseOutcome none) {
        List<String> faults = new ArrayList<>();
        double ratio = Math.min(1, weir.good() / Math.max(1, known.good()));
        switch (played.kind()) {
            case HARMLESS -> {
                boolean noneIsFine = none.good() >= known.good();
                double best = noneIsFine ? none.good() : known.good();
                ratio = Math.min(1, weir.good() / Math.max(1, best));
                if (weir.refused() > (noneIsFine ? 0 : known.refused()) + SLACK) {
                    faults.add("refused");
                }
                if (ratio < 0.99) {
                    faults.add("goodput");
                }
                if (weir.refused() < SLACK && weir.mean() > 1.05 * Math.max(none.mean(), known.mean())) {
                    faults.add("latency");
                }
            }
            case OVERLOAD -> {
                if (ratio < 0.95) {
                    faults.add("goodput");
                }
                if (weir.p99() > Math.max((double) played.deadline(), 1.05 * known.p99())) {
                    faults.add("p99");
                }
            }
            case CHANGE -> {
                if (ratio < 0.95) {
                    faults.add("goodput");
                }
                if (weir.recovered() < 0.95 * known.recovered()) {
                    faults.add("recovery");
                }
            }
        }
        if (weir.opened() > 0 && !played.breaks()) {
            faults.add("circuit");
        }
        return new CaseVerdict(List.copyOf(faults), ratio);
    }
}
