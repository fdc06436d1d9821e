"""Several Docker hosts as one Docker Swarm."""

from typing import Any, NotRequired, TypedDict

import pulumi

from . import _swarm_members, checks
from ._docker_host_args import DockerHostArgs
from ._engine_api import EngineApi
from ._engine_args import DEFAULT_LIVE_RESTORE, EngineArgs
from ._machine import Machine
from ._swarm_nodes import Member
from .docker_host import DockerHost

_DEFAULT_ADDRESS_POOL = "10.255.0.0/16"
_LONGEST_POOL_PREFIX = 23  # Docker's own routing mesh takes one /24; one more is for the user.


class DockerSwarmArgs(TypedDict):
    """The hosts of a Swarm, and how they find each other."""

    hosts: DockerHostArgs
    """The hosts. The first three manage the Swarm, any one of which may fail; of one or two it is
    the first alone. Their engines must not have live-restore on."""

    interface: NotRequired[str]
    """Network interface of every host, such as ``eth0``, at whose address the others reach it.
    Default: the only one that the host has."""

    address_pool: NotRequired[str]
    """IPv4 range, a /23 or larger, that networks of the Swarm without a range of their own are
    taken from. It is fixed when the Swarm is made. Default: ``10.255.0.0/16``."""


class DockerSwarm(pulumi.ComponentResource):
    """Several Docker hosts as one Docker Swarm.

    It creates:

    - ``<name>``: the ``DockerHost`` with all hosts, ``swarm.host``.
    - ``<name>-members``: a record of the hosts that are in the Swarm. When it changes, hosts that
      are new join, and hosts that are no longer there are emptied and leave.

    Give ``swarm.provider`` to what shall run on the Swarm, and let it depend on the Swarm:
    ``ResourceOptions(provider=swarm.provider, depends_on=[swarm])``. It is the first host's; what
    is put on that host alone, such as a volume, is on it.

    The tokens that let a host join are asked for and handed over when one joins; they are kept
    nowhere. Between the hosts TCP 2377, TCP and UDP 7946 and UDP 4789 must be open, and protocol 50
    for encrypted networks; a firewall rule opens them between hosts of ``gce``. A destroy leaves
    the hosts in the Swarm, empty; ``docker swarm leave --force`` on each ends it.

    Raises:
        ArgumentError: an argument is invalid.
    """

    managers: list[pulumi.Output[str]]
    """Names of the hosts that manage the Swarm, once it is formed."""

    workers: list[pulumi.Output[str]]
    """Names of the other hosts, once the Swarm is formed."""

    def __init__(
        self, name: str, args: DockerSwarmArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        _check(args)
        super().__init__("dockyard:index:DockerSwarm", name, None, opts)
        own = pulumi.ResourceOptions(
            parent=self,
            depends_on=opts.depends_on if opts else None,
            # The same hosts, without a Swarm.
            aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)],
        )
        self.host = DockerHost(name, _that_reach_each_other(args["hosts"]), own)
        self.providers = self.host.providers
        self.provider = self.host.provider
        machines = [each.machine for each in self.providers.values()]
        members = _members(name, args, machines, parent=self, after=self.host)
        names = [each.name for each in machines]
        managers = _swarm_members.managers(names)

        def once_formed(host: str) -> pulumi.Output[str]:
            return members.urn.apply(lambda _: host)

        self.managers = [once_formed(host) for host in names if host in managers]
        self.workers = [once_formed(host) for host in names if host not in managers]
        self.register_outputs({"managers": self.managers, "workers": self.workers})


def _that_reach_each_other(hosts: DockerHostArgs) -> DockerHostArgs:
    return {**hosts, "gce": {**hosts["gce"], "swarm": True}} if "gce" in hosts else hosts


def _check(args: DockerSwarmArgs) -> None:
    DockerHost.check(args["hosts"])
    if "interface" in args and not args["interface"]:
        raise checks.ArgumentError(
            "interface", "", "is empty; name one, such as eth0, or leave it out"
        )
    pool = checks.subnet("address_pool", args.get("address_pool", _DEFAULT_ADDRESS_POOL))
    if pool.prefixlen > _LONGEST_POOL_PREFIX:
        raise checks.ArgumentError(
            "address_pool", str(pool), f"is too small; use a /{_LONGEST_POOL_PREFIX} or shorter"
        )
    for index, host in enumerate(args["hosts"].get("ssh", [])):
        if "engine" in host:
            _check_engine(f"hosts.ssh[{index}].engine", host["engine"])
    if "gce" in args["hosts"]:
        _check_engine("hosts.gce.engine", args["hosts"]["gce"].get("engine", {}))


def _check_engine(field: str, engine: EngineArgs) -> None:
    live_restore = engine.get("live_restore", DEFAULT_LIVE_RESTORE)
    if live_restore:
        raise checks.ArgumentError(
            f"{field}.live_restore", live_restore, "can't be in a Swarm; set it to false"
        )


def _members(
    name: str,
    args: DockerSwarmArgs,
    machines: list[Machine],
    *,
    parent: pulumi.Resource,
    after: pulumi.Resource,
) -> pulumi.Stash:
    hook = pulumi.ResourceHook(f"{name}-form", _form)
    record = {
        "interface": args.get("interface", ""),
        "address_pool": args.get("address_pool", _DEFAULT_ADDRESS_POOL),
        "members": [
            {
                "name": each.name,
                "endpoint": each.endpoint,
                "dial": EngineApi.dial_command(each),
                "identity": each.identity,
                "started_as": each.started_as,
            }
            for each in machines
        ],
    }
    return pulumi.Stash(
        f"{name}-members",
        input=record,
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=[after],
            hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook]),
        ),
    )


async def _form(args: pulumi.ResourceHookArgs) -> None:
    new = (args.new_inputs or {})["input"]
    old = (args.old_inputs or {}).get("input") or {"members": []}
    members, before = _described(new), _described(old)
    stay = {each.name for each in members}
    await _swarm_members.form(
        members,
        [each for each in before if each.name not in stay],
        interface=new["interface"],
        address_pool=new["address_pool"],
    )


def _described(record: Any) -> list[Member]:  # noqa: ANN401 - what a state holds
    return [
        Member(each["name"], EngineApi(each["endpoint"], each["dial"]))
        for each in record["members"]
    ]
