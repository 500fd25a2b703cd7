import io.weir.demo.SdkServer;

/** The official Java SDK's server as a process of its own; prints where it listens. */
class SdkUpstream {
    public static void main(String[] arguments) throws Exception {
        SdkServer server = new SdkServer();
        System.out.println("listening on " + server.url().getPort());
        Thread.currentThread().join();
    }
}
