package io.weir.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code weir --version} prints. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Weir.class.getPackage().getImplementationVersion();
        return new String[] {
            "weir " + (version == null ? "(not packaged)" : version),
            "Java " + System.getProperty("java.version") + ", " + System.getProperty("java.vm.name")
        };
    }
}
