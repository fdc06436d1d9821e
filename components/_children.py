"""What all children on a Docker host have in common, and what must travel together."""

from collections.abc import Iterable, Mapping

import pulumi
import pulumi_docker as docker

from . import _ownership, _presence
from ._machine import Machine

# Any type of the package: providers are found by package.
_DOCKER = "docker:index/container:Container"


class Children:
    """Options and labels for a component's children that live on a Docker host.

    Three things happen here that Pulumi doesn't do by itself:

    - The children wait for what the component depends on. Pulumi holds back the component alone;
      its children start at once.
    - They are replaced when their provider points to another host, or when the host's VM is
      another one. To Pulumi a provider's new ``host`` is an update in place, which leaves
      everything on the old host as "unchanged". Nothing is deleted on a VM that is gone.
    - They carry their owner's name, and what an interrupted deployment of the same owner left
      under their names makes way for them.

    Args:
        component: the parent.
        name: the parent's logical name.
        opts: what the parent's caller gave.

    Attributes:
        machine: where they live; None where the provider arrives as a mere reference.
        trigger: replaces each child when it changes, to go on into a trigger of a child's own.
    """

    def __init__(
        self,
        component: pulumi.ComponentResource,
        name: str,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        provider = component.get_provider(_DOCKER)
        # A provider that arrives as a mere reference (a hosted component) has no `host`.
        trigger = getattr(provider, "host", None)
        self.machine: Machine | None = None
        vm: pulumi.Resource | None = None
        self._owner: pulumi.Output[str] | None = None
        self._hooks: pulumi.ResourceHookBinding | None = None
        self._name = name
        self._handover: pulumi.ResourceHookBinding | None = None
        if isinstance(provider, _ownership.OwnedProvider):
            self.machine = provider.machine
            trigger = provider.machine.identity
            vm = provider.machine.vm
            self._owner = provider.owner
            hook = _ownership.leftovers_hook(f"{name}-leftovers", provider.machine)
            self._hooks = pulumi.ResourceHookBinding(before_create=[hook])
        self.trigger = trigger
        self._options = pulumi.ResourceOptions(
            parent=component,
            depends_on=opts.depends_on if opts else None,
            replacement_trigger=trigger,
            deleted_with=vm,
        )

    def options(self, own: pulumi.ResourceOptions | None = None) -> pulumi.ResourceOptions:
        """Return the options of a child, the child's own last."""
        return pulumi.ResourceOptions.merge(self._options, own)

    def named_options(self, own: pulumi.ResourceOptions | None = None) -> pulumi.ResourceOptions:
        """Return the options of a child whose name on the host nothing else may have.

        The old one goes before the new one comes, and leftovers of its name before either.
        """
        named = pulumi.ResourceOptions(hooks=self._hooks, delete_before_replace=True)
        return pulumi.ResourceOptions.merge(self.options(named), own)

    def outliving_options(
        self, own: pulumi.ResourceOptions | None = None
    ) -> pulumi.ResourceOptions:
        """Return the options of a container whose old one runs on until the new one is healthy.

        Raises:
            RunError: nothing is known of the machine, so nobody could make room for the new one.
        """
        if self.machine is None:
            raise pulumi.RunError(
                "A gateway needs the provider of a DockerHost of the same program: pass "
                "`provider=host.provider` in the options."
            )
        if self._handover is None:
            from . import _handover

            self._handover = _handover.hooks(self._name, self.machine)
        both = pulumi.ResourceOptions(hooks=self._handover, delete_before_replace=False)
        return pulumi.ResourceOptions.merge(self.options(both), own)

    def volume_options(self, *, keep: bool, protect: bool) -> pulumi.ResourceOptions:
        """Return the options of a volume.

        Args:
            keep: whether it outlives a destroy or a replacement.
            protect: whether Pulumi refuses to delete or replace it.
        """
        return self.options(
            pulumi.ResourceOptions(
                retain_on_delete=keep,
                # Not false: that would undo the protection of everything around it.
                protect=protect or None,
                # Docker can't relabel a volume; a replacement would be an empty one.
                ignore_changes=["labels"],
            )
        )

    def refuse_failed(self, containers: Iterable[docker.Container]) -> None:
        """Keep the old ones of containers with outliving options unless the new ones are well."""
        if self.machine is not None and self._owner is not None:
            from . import _handover

            _handover.refuse_failed(self.machine, self._owner, containers)

    def labels(self, own: Mapping[str, str]) -> list[tuple[str, pulumi.Input[str]]]:
        """Return the labels of a child, in order."""
        labels: dict[str, pulumi.Input[str]] = {**own}
        if self._owner is not None:
            labels[_ownership.LABEL] = self._owner
        return sorted(labels.items())

    def look_after(self, containers: Iterable[docker.Container]) -> None:
        """See at the end of a deployment that containers are there, on their networks and no other.

        Args:
            containers: children that are on one network at least.
        """
        if self.machine is not None:
            _presence.look_after(self.machine, containers)
