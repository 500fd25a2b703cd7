/** What a gateway is configured with, and how that is read from YAML files, mcpServers files and the command line. */
@NullMarked
package io.weir.config;

import org.jspecify.annotations.NullMarked;
