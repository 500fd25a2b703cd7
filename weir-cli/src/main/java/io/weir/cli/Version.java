package io.weir.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code weir --version} prints. */
final class Version implements IVersionProvider {
    /** The version of this build, which only a packaged one has. */
    static String weir() {
        String version = Weir.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "weir " + weir(), "Java " + System.getProperty("java.version") + ", " + System.getProperty("java.vm.name")
        };
    }
}
