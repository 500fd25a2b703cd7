package io.weir.config;

/**
 * A value that was set.
 *
 * @param text the value, as it was written
 * @param source what set it
 */
public record Setting(String text, Source source) {}
