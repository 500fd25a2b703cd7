package io.weir.core;

import java.util.List;

/**
 * What is known at one time, from one pass over the connections.
 *
 * @param global the process
 * @param tenants all of them, by key
 * @param largest how full the fullest are
 * @param connections those with the most pending messages, most first, then by tenant and key
 */
public record Survey(
        GlobalStats global, List<TenantStats> tenants, LargestPending largest, List<ConnectionStats> connections) {}
