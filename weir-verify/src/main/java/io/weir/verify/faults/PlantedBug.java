package io.weir.verify.faults;

import io.weir.core.Outcome;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.Offer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The bugs that queues have, each of which a run must find. */
public enum PlantedBug implements Run.Maker {
    /** What was cancelled while it waited keeps what it holds. */
    LOST_PERMIT_ON_ABANDONED_WAIT {
        @Override
        public CoreUnderTest make(Setting setting, Run run, long now) {
            return new CoreUnderTest(setting, run, now) {
                @Override
                boolean cancel(Sent sent, long at) {
                    return true;
                }
            };
        }
    },
    /** Every fifth completion ends somebody else's message as well. */
    DOUBLE_RELEASE {
        @Override
        public CoreUnderTest make(Setting setting, Run run, long now) {
            return new CoreUnderTest(setting, run, now) {
                private final List<Sent> offered = new ArrayList<>();
                private int finished;

                @Override
                Decision offer(Sent sent, long at) {
                    offered.add(sent);
                    return super.offer(sent, at);
                }

                @Override
                boolean finish(Sent sent, Outcome outcome, long at) {
                    boolean first = super.finish(sent, outcome, at);
                    if (first && ++finished % 5 == 0) {
                        super.finish(offered.get(finished % offered.size()), outcome, at);
                    }
                    return first;
                }
            };
        }
    },
    /** The slot of what a client gave up is given away at once, as if the upstream had stopped. */
    SLOT_FREED_BY_GIVING_UP {
        @Override
        public CoreUnderTest make(Setting setting, Run run, long now) {
            return new CoreUnderTest(setting, run, now) {
                @Override
                long abandon(Sent sent, Outcome outcome, long at) {
                    long held = super.abandon(sent, outcome, at);
                    super.finish(sent, Outcome.CANCELLED, at);
                    return held;
                }
            };
        }
    },
    /** A place that falls free while somebody waits is given to nobody until the next one does. */
    LOST_WAKE_UP {
        @Override
        public CoreUnderTest make(Setting setting, Run run, long now) {
            return new CoreUnderTest(setting, run, now) {
                private @Nullable Sent kept;

                @Override
                boolean finish(Sent sent, Outcome outcome, long at) {
                    Sent before = kept;
                    kept = null;
                    if (before != null) {
                        super.finish(before, outcome, at);
                    }
                    if (offerOf(sent).isInFlight() && queue.stats(at).queued() > 0) {
                        kept = sent;
                        return true;
                    }
                    return super.finish(sent, outcome, at);
                }
            };
        }
    },
    /** Two that come at once both look, and both fit. */
    OVERSHOOT_BY_CHECK_THEN_ACT {
        @Override
        public CoreUnderTest make(Setting setting, Run run, long now) {
            return new CoreUnderTest(setting, run, now) {
                private long lastAt;

                @Override
                Decision offer(Sent sent, long at) {
                    boolean together = at == lastAt;
                    lastAt = at;
                    int limit = admission.config().queueLimits().maxMessages();
                    if (!together || limit == (1 << 24) - 1) {
                        return super.offer(sent, at);
                    }
                    admission.update(b -> b.maxMessages(limit + 1));
                    Decision decision = super.offer(sent, at);
                    admission.update(b -> b.maxMessages(limit));
                    return decision;
                }
            };
        }
    },
    /** An update is taken by halves. */
    MIXED_CONFIGURATION {
        @Override
        public CoreUnderTest make(Setting setting, Run run, long now) {
            return new CoreUnderTest(setting, run, now) {
                @Override
                void update(UnaryOperator<WeirConfigBuilder> limits, UnaryOperator<WeirConfigBuilder> rest) {
                    admission.update(rest);
                }
            };
        }
    },
    /** One tenant weighs next to nothing. */
    STARVED_TENANT {
        @Override
        public boolean shows(Setting setting) {
            return setting.uniform() && setting.tenants() > 1;
        }

        @Override
        public CoreUnderTest make(Setting setting, Run run, long now) {
            return new CoreUnderTest(setting, run, now) {
                @Override
                Offer make(Sent sent, Offer.Handler handler, long at) {
                    Connection connection = admission.connection(sent.tenant, sent.connection, at);
                    int weight = sent.tenant.equals("t0") ? 1 : Offer.MAX_WEIGHT;
                    return new Offer(
                            connection, sent.work, sent.messages, sent.bytes, sent.priority, sent.ttl, weight, handler);
                }
            };
        }
    },
    /** Of two that wait, each is told of the other. */
    ANSWER_TO_A_WRONG_EXCHANGE {
        @Override
        public CoreUnderTest make(Setting setting, Run run, long now) {
            return new CoreUnderTest(setting, run, now) {
                private Offer.@Nullable Handler last;

                @Override
                Offer make(Sent sent, Offer.Handler handler, long at) {
                    Offer.Handler before = last;
                    last = handler;
                    return super.make(sent, before != null && sent.number % 7 == 0 ? before : handler, at);
                }
            };
        }
    };
}
