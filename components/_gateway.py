"""Puts a gateway in front of an application's services."""

from collections.abc import Iterator, Mapping, Set
from itertools import count

from . import checks
from ._container_app_args import AppPortArgs, AppServiceArgs, ContainerAppArgs
from ._gateway_args import GATEWAY, GatewayArgs
from ._gateway_config import HEALTH_PATH, HEALTH_PORT, Backend, Listener, gateway_config

_DEFAULT_HEALTH_PATH = "/healthcheck"
# Of HAProxy's official image.
_USER = "99:99"
_FIRST_PUBLISHED_PORT = 8080

# The root is read-only, so nothing can be uploaded.
_RUN = 'printf "%s" "$GATEWAY_CONFIG" > /tmp/haproxy.cfg && exec haproxy -db -f /tmp/haproxy.cfg'
# Neither curl nor wget is in the official image.
_PROBE = (
    f"exec 3<>/dev/tcp/127.0.0.1/{HEALTH_PORT}"
    f" && printf 'GET {HEALTH_PATH} HTTP/1.0\\r\\n\\r\\n' >&3"
    " && read -r line <&3 && [[ $line == *' 200 '* ]]"
)


def with_gateway(
    args: ContainerAppArgs, replicas: Mapping[str, int] | None = None
) -> ContainerAppArgs:
    """Return an application that has a gateway with the gateway among the services.

    The services behind it give it their ports of the host and their aliases, and get a name of
    their own, ``<role>-server``, under which it finds all their containers. Whatever comes after
    one of them comes after the gateway too, and finds them through it.

    Args:
        args: the application.
        replicas: how many containers a service has, by role, where that isn't one.

    Raises:
        ArgumentError: a route leads to no service, its service is not on the gateway's network or
            has another port, or the gateway's name is taken.
    """
    gateway = args["gateway"]
    _check(args, gateway)
    routes = gateway["routes"].keys()
    services = {GATEWAY: _gateway_service(args, gateway, replicas or {})}
    for role, service in args["services"].items():
        moved = AppServiceArgs(**service)
        if role in routes:
            moved["networks"] = {**service["networks"], gateway["network"]: [_server_name(role)]}
            moved.pop("ports", None)
        if routes & set(service.get("after", [])):
            moved["after"] = [*service["after"], GATEWAY]
        services[role] = moved
    return ContainerAppArgs(**{**args, "services": services})


def _check(args: ContainerAppArgs, gateway: GatewayArgs) -> None:
    if isinstance(gateway["image"], str):
        checks.image_reference("gateway.image", gateway["image"])
    if GATEWAY in args["services"]:
        raise checks.ArgumentError(
            f"services[{GATEWAY!r}]", GATEWAY, "is the gateway's own name; choose another"
        )
    for role, route in gateway["routes"].items():
        field = f"gateway.routes[{role!r}]"
        if role not in args["services"]:
            known = ", ".join(args["services"])
            raise checks.ArgumentError(field, role, f"is not among the services ({known})")
        checks.port(f"{field}.port", route["port"])
        checks.absolute_path(f"{field}.health_path", route.get("health_path", "/"))
        _check_service(field, gateway, args["services"][role], int(route["port"]))


def _check_service(field: str, gateway: GatewayArgs, service: AppServiceArgs, port: int) -> None:
    if gateway["network"] not in service["networks"]:
        raise checks.ArgumentError(
            field,
            gateway["network"],
            "is the gateway's network, and the service is not on it; put it there",
        )
    for each in service.get("ports", []):
        if int(each["internal"]) != port:
            raise checks.ArgumentError(
                f"{field}.port",
                port,
                f"is not the port that the service publishes ({each['internal']}); "
                "a gateway knows one port of each service",
            )


def _gateway_service(
    args: ContainerAppArgs, gateway: GatewayArgs, replicas: Mapping[str, int]
) -> AppServiceArgs:
    aliases = {
        role: args["services"][role]["networks"][gateway["network"]] for role in gateway["routes"]
    }
    ports = dict(_published(args, gateway))
    by_port: dict[int, dict[str, str]] = {}
    for role, route in gateway["routes"].items():
        for alias in aliases[role]:
            by_port.setdefault(int(route["port"]), {})[alias] = role
    for internal, (role, _) in ports.items():
        by_port[internal] = {role: role}
    service = AppServiceArgs(
        image=gateway["image"],
        networks={gateway["network"]: [each for some in aliases.values() for each in some]},
        command=["bash", "-c", _RUN],
        health_command=["bash", "-c", _PROBE],
        environment={
            "GATEWAY_CONFIG": gateway_config(
                [Listener(port=port, backends=names) for port, names in by_port.items()],
                [
                    Backend(
                        name=role,
                        server_name=_server_name(role),
                        port=int(route["port"]),
                        health_path=route.get("health_path", _DEFAULT_HEALTH_PATH),
                        replicas=int(replicas.get(role, 1)),
                    )
                    for role, route in gateway["routes"].items()
                ],
            )
        },
        after=_first(args, gateway["routes"].keys()),
        ports=[
            AppPortArgs(**{**given, "internal": internal}) for internal, (_, given) in ports.items()
        ],
        user=_USER,
    )
    if "memory_mib" in gateway:
        service["memory_mib"] = gateway["memory_mib"]
    return service


def _published(
    args: ContainerAppArgs, gateway: GatewayArgs
) -> Iterator[tuple[int, tuple[str, AppPortArgs]]]:
    """Yield the gateway's own port for each port of the host, with the service that it leads to."""
    taken = {HEALTH_PORT, *(int(route["port"]) for route in gateway["routes"].values())}
    free = (port for port in count(_FIRST_PUBLISHED_PORT) if port not in taken)
    for role in gateway["routes"]:
        for port in args["services"][role].get("ports", []):
            yield next(free), (role, port)


def _first(args: ContainerAppArgs, routes: Set[str]) -> list[str]:
    """Return the services behind the gateway that need none of the others."""

    def needs_another(role: str) -> bool:
        after = args["services"][role].get("after", [])
        return any(each in routes or needs_another(each) for each in after)

    return [role for role in args["services"] if role in routes and not needs_another(role)]


def _server_name(role: str) -> str:
    return f"{role}-server"
