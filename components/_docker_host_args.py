"""What a ``DockerHost`` needs to know, and the rules for it."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from . import _extras, _registry_args, checks
from ._gce_args import GceHostArgs
from ._registry_args import RegistryArgs
from ._ssh_args import SshHostArgs

_MOST_HOSTS = 99


class PublishedPortArgs(TypedDict):
    """A port of the host that a container will publish."""

    port: int
    """TCP port, 1 to 65535."""

    bind_address: NotRequired[str]
    """IPv4 address of the host that the port is bound to; ``0.0.0.0`` is all. Default:
    ``127.0.0.1``."""

    source_ranges: NotRequired[list[str]]
    """On Google Compute Engine: IPv4 ranges that the firewall lets in. Default: none."""


class DockerHostArgs(TypedDict):
    """Where the Docker Engine is, and which of its host's ports will be used.

    At most one of ``endpoint``, ``ssh`` and ``gce`` is given; none is this machine's engine.
    """

    endpoint: NotRequired[str]
    """The engine's socket on this machine, as ``unix:///path``. Default:
    ``unix:///var/run/docker.sock``."""

    ssh: NotRequired[list[SshHostArgs]]
    """Machines that are there already, reached over SSH."""

    gce: NotRequired[GceHostArgs]
    """Machines to create on Google Compute Engine."""

    count: NotRequired[int]
    """How many equal hosts: the first so many of ``ssh``, or so many VMs. Adding one touches no
    other. Default: all of ``ssh``, or one."""

    published_ports: NotRequired[list[PublishedPortArgs]]
    """Ports that containers will publish, on each host. On this machine, a port that another
    program holds is refused in the preview, before anything is created. On Google Compute Engine,
    the firewall opens them to their ``source_ranges``. Default: none."""

    registries: NotRequired[list[RegistryArgs]]
    """Registries that the hosts pull from and that want a login. A changed password replaces
    nothing. Default: none; images are pulled as anybody."""

    avoid: NotRequired[list[str]]
    """IPv4 ranges that the address pool of an engine that Dockyard sets up may not touch: those of
    the application's networks, of the VPC, of a VPN. Default: none."""

    ready_timeout_seconds: NotRequired[int]
    """How long each host that isn't this machine may take until its engine answers, 1 to 3600.
    Default: 300."""


def check(args: DockerHostArgs) -> None:
    """Check everything that is known before anything is created.

    Raises:
        ArgumentError: more than one way to get a host is given, or an argument is invalid.
        MissingExtraError: a package that this way needs isn't installed.
    """
    given = [way for way in ("endpoint", "ssh", "gce") if way in args]
    if len(given) > 1:
        raise checks.ArgumentError(
            given[1], "…", f"is given beside {given[0]}; give one of endpoint, ssh and gce, or none"
        )
    avoid = checks.ip_ranges("avoid", args.get("avoid", []))
    if "endpoint" in args:
        checks.engine_socket("endpoint", args["endpoint"])
    if "gce" in args:
        from . import _gce_rules

        _gce_rules.check("gce", args["gce"], avoid)
    if "count" in args:
        checks.whole_number("count", args["count"], smallest=1, largest=_MOST_HOSTS)
    if "ready_timeout_seconds" in args:
        checks.seconds("ready_timeout_seconds", args["ready_timeout_seconds"])
    _registry_args.check("registries", args.get("registries", []))
    _check_ssh(args, avoid)
    _check_ports(args)
    if "gce" in args:
        _extras.require("DockerHost with gce", "gcp")
    if any("engine" in each for each in args.get("ssh", [])):
        _extras.require("DockerHost with engine in ssh", "command")


def _check_ssh(args: DockerHostArgs, avoid: Mapping[str, ipaddress.IPv4Network]) -> None:
    if "ssh" not in args:
        if "gce" not in args and args.get("count", 1) != 1:
            raise checks.ArgumentError(
                "count", args["count"], "is more than this one machine; give ssh or gce for others"
            )
        return
    if not args["ssh"]:
        raise checks.ArgumentError("ssh", args["ssh"], "names no host; give at least one")
    if args.get("count", 1) > len(args["ssh"]):
        raise checks.ArgumentError(
            "count", args["count"], f"is more than the {len(args['ssh'])} hosts of ssh; add hosts"
        )
    from . import _ssh_rules

    _ssh_rules.check("ssh", args["ssh"], avoid)


def _check_ports(args: DockerHostArgs) -> None:
    ports = args.get("published_ports", [])
    checks.unique("published_ports", published(ports))
    for index, each in enumerate(ports):
        field = f"published_ports[{index}].source_ranges"
        checks.ip_ranges(field, each.get("source_ranges", []))
        if not each.get("source_ranges"):
            continue
        if "gce" not in args:
            raise checks.ArgumentError(
                field,
                each["source_ranges"],
                "needs a firewall that Dockyard makes, which only hosts of gce have; leave it out",
            )
        if each.get("bind_address", checks.DEFAULT_BIND_ADDRESS) == checks.DEFAULT_BIND_ADDRESS:
            raise checks.ArgumentError(
                field,
                each["source_ranges"],
                "can't be reached on a loopback address; set bind_address to 0.0.0.0",
            )


def published(ports: Sequence[PublishedPortArgs]) -> list[str]:
    """Return the ports as ``address:port``, checked.

    Raises:
        ArgumentError: a port or an address is invalid.
    """
    found = []
    for index, given in enumerate(ports):
        field = f"published_ports[{index}]"
        number = checks.port(f"{field}.port", given["port"])
        address = checks.ip_address(
            f"{field}.bind_address", given.get("bind_address", checks.DEFAULT_BIND_ADDRESS)
        )
        found.append(f"{address}:{number}")
    return found
