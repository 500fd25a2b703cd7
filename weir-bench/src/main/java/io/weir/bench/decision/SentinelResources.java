package io.weir.bench.decision;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRuleManager;
import java.util.ArrayList;
import java.util.List;

/** Sentinel resources with a rule on queries a second. */
public final class SentinelResources {
    private SentinelResources() {}

    /** A resource that lets {@code perSecond} entries through a second; replaces all rules loaded before. */
    public static String limitedTo(double perSecond) {
        return limitedTo(perSecond, 1).get(0);
    }

    /** As many resources, each with a rule of its own. */
    public static List<String> limitedTo(double perSecond, int resources) {
        System.setProperty("csp.sentinel.log.dir", System.getProperty("java.io.tmpdir"));
        System.setProperty("csp.sentinel.metric.flush.interval", "0");
        List<String> names = new ArrayList<>();
        List<FlowRule> rules = new ArrayList<>();
        for (int i = 0; i < resources; i++) {
            String name = "bench-" + i;
            FlowRule rule = new FlowRule(name);
            rule.setGrade(RuleConstant.FLOW_GRADE_QPS);
            rule.setCount(perSecond);
            rules.add(rule);
            names.add(name);
        }
        FlowRuleManager.loadRules(rules);
        return names;
    }

    /** Enters and leaves each resource once. */
    public static void enter(List<String> resources) throws BlockException {
        for (String resource : resources) {
            try (Entry entry = SphU.entry(resource)) {
                entry.getResourceWrapper();
            }
        }
    }
}
