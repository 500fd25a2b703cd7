package io.weir.core;

import java.util.List;

/**
 * What became of the messages of single tenants, and of all others together: what metrics by tenant are made of, whose
 * number has to be bounded. A tenant that is named once stays named while it is known; one that is forgotten for
 * idleness keeps its counts here until a new tenant needs its place. So no counter of a named tenant, nor that of the
 * others, ever decreases.
 *
 * @param named tenants by name; one that is forgotten for idleness has no connections
 * @param others all tenants that are not named; never one that was before
 */
public record TenantBreakdown(List<TenantStats> named, FlowStats others) {}
