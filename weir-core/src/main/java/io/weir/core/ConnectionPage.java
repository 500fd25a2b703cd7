package io.weir.core;

import java.util.List;

/**
 * Some of the live connections, in an order.
 *
 * @param total how many there are to choose from
 * @param connections those of the page
 */
public record ConnectionPage(int total, List<ConnectionStats> connections) {}
