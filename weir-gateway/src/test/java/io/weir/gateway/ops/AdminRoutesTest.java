package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminRoutesTest {
    private static AdminRoutes.Route route(HttpMethod method, String path) {
        return new AdminRoutes.Route(method, path, AdminRoutes.Access.READ, request -> {});
    }

    private static final AdminRoutes ROUTES = new AdminRoutes(List.of(
            route(HttpMethod.GET, "/limits"),
            route(HttpMethod.PATCH, "/limits"),
            route(HttpMethod.GET, "/things"),
            route(HttpMethod.GET, "/things/all"),
            route(HttpMethod.GET, "/things/{id}"),
            route(HttpMethod.DELETE, "/things/{id}"),
            route(HttpMethod.POST, "/things/{id}/reset")));

    @ParameterizedTest
    @CsvSource(nullValues = "none", quoteCharacter = '`', textBlock = """
            GET,    /limits,               /limits,            ``,     `GET, HEAD, PATCH`
            HEAD,   /limits,               /limits,            ``,     `GET, HEAD, PATCH`
            PATCH,  /limits,               /limits,            ``,     `GET, HEAD, PATCH`
            POST,   /limits,               none,               ``,     `GET, HEAD, PATCH`
            GET,    /things,               /things,            ``,     `GET, HEAD`
            GET,    /things/all,           /things/all,        ``,     `GET, HEAD`
            DELETE, /things/all,           none,               ``,     `GET, HEAD`
            GET,    /things/7,             /things/{id},       7,      `GET, HEAD, DELETE`
            DELETE, /things/a%2Fb%20%C3%A4,/things/{id},       a/b ä,  `GET, HEAD, DELETE`
            GET,    /things/a+b,           /things/{id},       a+b,    `GET, HEAD, DELETE`
            GET,    /things/reset,         /things/{id},       reset,  `GET, HEAD, DELETE`
            POST,   /things/7/reset,       /things/{id}/reset, 7,      POST
            GET,    /things/7/reset,       none,               7,      POST
            GET,    /things/,              none,               ``,     none
            POST,   /things//reset,        none,               ``,     none
            GET,    /things/%zz,           none,               ``,     none
            GET,    /things/7/other,       none,               ``,     none
            GET,    /limits/,              none,               ``,     none
            GET,    //limits,              none,               ``,     none
            GET,    /LIMITS,               none,               ``,     none
            GET,    none,                  none,               ``,     none
            """)
    void match_findsTheRowOfPathAndMethod(String method, String path, String row, String parameter, String allow) {
        AdminRoutes.Match match = ROUTES.match(path);

        if (allow == null) {
            assertThat(match).isNull();
            return;
        }
        AdminRoutes.Match found = Objects.requireNonNull(match);
        AdminRoutes.Route route = found.route(HttpMethod.valueOf(method));
        assertThat(route == null ? null : route.path()).isEqualTo(row);
        assertThat(found.parameter()).isEqualTo(parameter);
        assertThat(found.allow()).isEqualTo(allow);
    }

    @Test
    void paths_areNamedOnceEachInOrder() {
        assertThat(ROUTES.paths()).isEqualTo("/limits, /things, /things/all, /things/{id}, /things/{id}/reset");
    }

    @Test
    void use_namesTheMethodsOfAPath() {
        assertThat(Objects.requireNonNull(ROUTES.match("/limits")).use()).isEqualTo("use GET or PATCH");
        assertThat(Objects.requireNonNull(ROUTES.match("/things")).use()).isEqualTo("use GET");
    }
}
