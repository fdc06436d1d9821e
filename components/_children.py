"""What all children on a Docker host have in common, and what must travel together."""

from collections.abc import Mapping

import pulumi

from . import _ownership

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
        vm: pulumi.Resource | None = None
        self._owner: pulumi.Output[str] | None = None
        self._hooks: pulumi.ResourceHookBinding | None = None
        if isinstance(provider, _ownership.OwnedProvider):
            trigger = provider.machine.identity
            vm = provider.machine.vm
            self._owner = provider.owner
            hook = _ownership.leftovers_hook(f"{name}-leftovers", provider.machine)
            self._hooks = pulumi.ResourceHookBinding(before_create=[hook])
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

    def labels(self, own: Mapping[str, str]) -> list[tuple[str, pulumi.Input[str]]]:
        """Return the labels of a child, in order."""
        labels: dict[str, pulumi.Input[str]] = {**own}
        if self._owner is not None:
            labels[_ownership.LABEL] = self._owner
        return sorted(labels.items())
