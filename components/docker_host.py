"""Machines with a Docker Engine, and the providers that put things on them."""

from collections.abc import Sequence

import pulumi

from . import _host_documents, _registry_args, checks
from ._docker_host_args import DockerHostArgs, check, published
from ._machine import Machine
from ._ownership import OwnedProvider, Owner
from ._port_guard import PortGuard
from ._registry_args import RegistryArgs


class DockerHost(pulumi.ComponentResource):
    """A machine with a Docker Engine, or several equal ones: this one, over SSH, or made on GCE.

    It creates, for every host:

    - ``<name>-<hash of the endpoint>``: the Docker provider; on other hosts than this one
      ``<name>-<host>-<hash>``. Give it to whatever shall live there:
      ``ResourceOptions(provider=host.provider)``, or ``host.providers["<host>"]`` of several.
    - ``<name>-<host>-ready``: a record of a host that isn't this machine. Nothing is made on any
      host before all of them have an engine that answers.
    - ``<name>-<host>-setup``: the set-up of the engine over SSH, if asked for.
    - ``<name>-<number>``, ``-<number>-data``, ``-<number>-snapshots``, ``-<number>-address``: a
      VM, the disk for the engine's data with its snapshots, and a public address if asked for.

    And once:

    - ``<name>-owner``: a name for this state of this stack; what it makes on the hosts carries it
      as a label, so that leftovers of an interrupted deployment are recognised and removed.
    - ``<name>-ports``: on this machine, a record of the published ports, guarded against ports
      that are taken.
    - ``<name>-account``, ``<name>-<role>``, ``<name>-snapshots``, ``<name>-ssh``,
      ``<name>-tcp-<port>``: the VMs' service account, its roles, the snapshots' schedule and
      firewall rules.

    Host keys are always verified: against the pinned ones, or on Google Compute Engine against
    those that the VM has published. It creates no network and installs nothing on this machine.
    Leftovers are looked for with the ``docker`` command, here or on the host.

    Raises:
        ArgumentError: more than one way to get a host is given, or an argument is invalid.
        MissingExtraError: a package that this way to a host needs isn't installed.
    """

    endpoint: pulumi.Output[str]
    """Where the first host's engine listens, in the form that ``DOCKER_HOST`` takes."""

    address: pulumi.Output[str]
    """Address at which the first host's published ports are reached."""

    endpoints: dict[str, pulumi.Output[str]]
    """Where each host's engine listens, by the host's name."""

    addresses: dict[str, pulumi.Output[str]]
    """Address at which each host's published ports are reached, by the host's name."""

    ssh_config: pulumi.Output[str]
    """A section of ``ssh_config`` for every host that isn't this machine. With it in a file that
    ``~/.ssh/config`` includes, ``ssh <host>`` and ``DOCKER_HOST=ssh://<host>`` work."""

    docker_env: dict[str, pulumi.Output[str]]
    """The line that points Docker's command line to each host, by the host's name."""

    ansible_inventory: pulumi.Output[str]
    """An Ansible inventory of the hosts, JSON."""

    prometheus_targets: pulumi.Output[str]
    """The published ports of all hosts as a document for Prometheus' ``file_sd_configs``, JSON."""

    def __init__(
        self, name: str, args: DockerHostArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        check(args)
        super().__init__("dockyard:index:DockerHost", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        machines, gates = _machines(name, args, child)
        owner = Owner(f"{name}-owner", child).output
        ready = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=gates))
        registries = args.get("registries", [])
        self.providers = {
            each.name: _provider(name, each, owner, registries, ready) for each in machines
        }
        self.provider = self.providers[machines[0].name]

        self.endpoints = {each.name: pulumi.Output.from_input(each.endpoint) for each in machines}
        self.addresses = {each.name: pulumi.Output.from_input(each.address) for each in machines}
        self.endpoint = self.endpoints[machines[0].name]
        self.address = self.addresses[machines[0].name]
        self.ssh_config = _host_documents.ssh_config(machines)
        self.docker_env = {each.name: _host_documents.docker_env(each) for each in machines}
        self.ansible_inventory = _host_documents.ansible_inventory(machines)
        self.prometheus_targets = _host_documents.prometheus_targets(
            machines, [int(each["port"]) for each in args.get("published_ports", [])]
        )
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "address": self.address,
                "endpoints": self.endpoints,
                "addresses": self.addresses,
                "ssh_config": self.ssh_config,
                "docker_env": self.docker_env,
                "ansible_inventory": self.ansible_inventory,
                "prometheus_targets": self.prometheus_targets,
            }
        )

    @staticmethod
    def check(args: DockerHostArgs) -> None:
        """Check arguments without creating anything.

        Raises:
            ArgumentError: as the constructor would.
        """
        check(args)


def _machines(
    name: str, args: DockerHostArgs, opts: pulumi.ResourceOptions
) -> tuple[list[Machine], Sequence[pulumi.Resource]]:
    """Return the machines, and what must have succeeded before anything is made on them."""
    if "gce" in args or "ssh" in args:
        from . import _remote_machines

        return _remote_machines.create(name, args, opts)
    endpoint = args.get("endpoint", checks.DEFAULT_SOCKET)
    guard = PortGuard(f"{name}-ports", published(args.get("published_ports", [])), opts)
    return [_this_machine(endpoint)], [guard]


def _this_machine(endpoint: str) -> Machine:
    return Machine(
        name="localhost",
        endpoint=endpoint,
        address=checks.DEFAULT_BIND_ADDRESS,
        place=endpoint,
        identity=endpoint,
    )


def _provider(
    name: str,
    machine: Machine,
    owner: pulumi.Output[str],
    registries: Sequence[RegistryArgs],
    opts: pulumi.ResourceOptions,
) -> OwnedProvider:
    # The name carries the machine's place: another place means another provider, so that what
    # moves away is still deleted through the old one.
    host = f"{name}-{machine.name}" if machine.ssh else name
    provider = OwnedProvider(
        f"{host}-{machine.digest}",
        host=machine.endpoint,
        ssh_opts=machine.ssh.arguments if machine.ssh else None,
        registry_auth=_registry_args.provider_logins(registries) or None,
        opts=opts,
    )
    provider.machine = machine
    provider.owner = owner
    return provider
