package io.weir.gateway.ops;

import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What there is at the operator's port, as one table: for each path and method who may ask, and what answers.
 * Immutable.
 *
 * <p>To add an endpoint, add a row in {@link AdminServer}: the errors 404 and 405 name it then, and the tests of the
 * table ask for its description in {@code openapi.json} and try it with and without the token.
 */
final class AdminRoutes {
    private final List<Route> routes;
    private final String paths;

    /** Who may ask. */
    enum Access {
        /** Everybody, by whatever name of this host: it says no more than whether the gateway does well. */
        PROBE,
        /** Everybody who comes by a name of this host, and from no page of another origin. */
        READ,
        /** Of those, everybody who has the admin token: it changes something. */
        TOKEN
    }

    /** Answers requests. Called on the event loop of the port: what takes time belongs on {@link AdminWorker}. */
    interface Handler {
        /** Answers now or later. @throws AdminRequest.BadQueryException to be answered with 400 */
        void handle(AdminRequest request) throws AdminRequest.BadQueryException;
    }

    /**
     * A row.
     *
     * @param method GET answers HEAD as well
     * @param path begins with a slash; at most one segment is a parameter, in braces, such as {@code /tenants/{tenant}}
     */
    record Route(HttpMethod method, String path, Access access, Handler handler) {
        boolean answers(HttpMethod asked) {
            return method.equals(asked) || (method.equals(HttpMethod.GET) && asked.equals(HttpMethod.HEAD));
        }
    }

    /**
     * The rows of the path of a request.
     *
     * @param routes at least one
     * @param parameter the value of the parameter, decoded; empty if the path has none
     */
    record Match(List<Route> routes, String parameter) {
        /** The row of that method. */
        @Nullable
        Route route(HttpMethod method) {
            return routes.stream()
                    .filter(route -> route.answers(method))
                    .findFirst()
                    .orElse(null);
        }

        boolean isProbe() {
            return routes.stream().anyMatch(route -> route.access() == Access.PROBE);
        }

        /** The value of {@code Allow}. */
        String allow() {
            return methods(", ", true);
        }

        /** The same, for a person. */
        String use() {
            return "use " + methods(" or ", false);
        }

        private String methods(String separator, boolean head) {
            return routes.stream()
                    .map(route -> route.method().name() + (head && route.answers(HttpMethod.HEAD) ? ", HEAD" : ""))
                    .collect(Collectors.joining(separator));
        }
    }

    AdminRoutes(List<Route> routes) {
        this.routes = List.copyOf(routes);
        this.paths = routes.stream().map(Route::path).distinct().collect(Collectors.joining(", "));
    }

    /** All rows, in order. */
    List<Route> all() {
        return routes;
    }

    /** All paths, for a person. */
    String paths() {
        return paths;
    }

    /** The rows of a path as it stands in a request, or null. A path without a parameter goes before one with it. */
    @Nullable
    Match match(@Nullable String asked) {
        if (asked == null) {
            return null;
        }
        List<Route> found =
                routes.stream().filter(each -> each.path().equals(asked)).toList();
        if (!found.isEmpty()) {
            return new Match(found, "");
        }
        String[] segments = asked.split("/", -1);
        List<Route> matching = new ArrayList<>();
        String parameter = null;
        for (Route route : routes) {
            String value = parameter(route.path().split("/", -1), segments);
            if (value != null && (matching.isEmpty() || matching.get(0).path().equals(route.path()))) {
                matching.add(route);
                parameter = value;
            }
        }
        return parameter == null ? null : new Match(matching, parameter);
    }

    private static @Nullable String parameter(String[] template, String[] segments) {
        if (template.length != segments.length) {
            return null;
        }
        String value = null;
        for (int i = 0; i < template.length; i++) {
            if (template[i].startsWith("{")) {
                value = decoded(segments[i]);
                if (value.isEmpty()) {
                    return null;
                }
            } else if (!template[i].equals(segments[i])) {
                return null;
            }
        }
        return value;
    }

    /** Empty if it is no segment of a path. */
    private static String decoded(String segment) {
        try {
            return new URI("/" + segment).getPath().substring(1);
        } catch (URISyntaxException e) {
            return "";
        }
    }
}
