"""Pictures of a stack's containers: which networks each is on, and which asks which."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from docs.extensions import dot
from docs.extensions.recording import Registration

_NETWORK_FILL = "#e6f4ea"
_VOLUME_FILL = "#fff6e0"
_HOST_VARIABLE = re.compile(r"(?P<of>\w+)_HOST=(?P<value>.+)")


def network_graph(registrations: Sequence[Registration]) -> str:
    """Return the graph: each container, host by host, and its networks with its aliases there."""
    by_provider: dict[str, list[Registration]] = defaultdict(list)
    for each in registrations:
        if each.type.startswith("docker:"):
            by_provider[each.provider].append(each)
    lines: list[str] = []
    for provider, resources in sorted(by_provider.items()):
        # The end of a provider's name is a hash of where its host is.
        host = provider.rpartition("::")[2].rpartition("-")[0]
        lines += dot.cluster(f"Docker host: {host}", list(_memberships(resources)))
    return dot.graph(lines)


def _memberships(resources: Sequence[Registration]) -> Iterator[str]:
    for network in _of_kind(resources, "Network"):
        inputs = network.inputs
        ranges = [each["subnet"] for each in inputs.get("ipamConfigs", [])]
        internal = ["internal: no way out"] if inputs.get("internal") else []
        yield dot.node(
            network.name, inputs["name"], *ranges, *internal, shape="box", fill=_NETWORK_FILL
        )
    for container in _of_kind(resources, "Container"):
        ports = [f"published at {_published(port)}" for port in container.inputs.get("ports", [])]
        yield dot.node(container.name, container.inputs["name"], *ports)
        for joined in container.inputs["networksAdvanced"]:
            aliases = ", ".join(joined.get("aliases", []))
            yield dot.edge(
                container.name, joined["name"], f"as {aliases}" if aliases else "", directed=False
            )


def flow_graph(registrations: Sequence[Registration]) -> str:
    """Return the graph of an application on one host: who asks whom, and where the data is."""
    containers = _of_kind(registrations, "Container")
    called = {each.name: each.inputs["name"] for each in _of_kind(registrations, "Network")}
    found_as = {
        (joined["name"], alias): container.name
        for container in containers
        for joined in container.inputs["networksAdvanced"]
        for alias in joined.get("aliases", [])
    }
    lines = [dot.node("browser", "a browser", shape="oval", fill="#ffffff")]
    for container in containers:
        inputs = container.inputs
        lines.append(dot.node(container.name, inputs["name"]))
        lines += [
            dot.edge("browser", container.name, _published(port))
            for port in inputs.get("ports", [])
        ]
        networks = [each["name"] for each in inputs["networksAdvanced"]]
        for host, port in _asked(inputs.get("envs", [])):
            for network in networks:
                if (network, host) in found_as:
                    label = f"{host}:{port}\non {called[network]}"
                    lines.append(dot.edge(container.name, found_as[network, host], label))
        for mount in inputs.get("volumes", []):
            if volume := mount.get("volumeName"):
                lines.append(dot.node(volume, volume, shape="cylinder", fill=_VOLUME_FILL))
                lines.append(dot.edge(container.name, volume, mount["containerPath"]))
    return dot.graph(lines)


def _of_kind(registrations: Sequence[Registration], kind: str) -> list[Registration]:
    found = [each for each in registrations if each.kind == kind and "docker:" in each.type]
    return sorted(found, key=lambda each: each.name)


def _asked(environment: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the names of hosts and the ports that a container's environment tells it to ask."""
    values = dict(each.partition("=")[::2] for each in environment)
    for each in environment:
        if found := _HOST_VARIABLE.fullmatch(each):
            yield found["value"], values.get(f"{found['of']}_PORT", "")


def _published(port: dict[str, object]) -> str:
    return f"{port.get('ip', '0.0.0.0')}:{int(float(str(port['external'])))}"  # noqa: S104
