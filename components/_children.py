"""The options that every child on a Docker host needs, and that must travel together."""

import pulumi


def child_options(
    component: pulumi.ComponentResource,
    opts: pulumi.ResourceOptions | None,
    resource_type: str,
    own: pulumi.ResourceOptions | None = None,
) -> pulumi.ResourceOptions:
    """Return the options of a component's child that lives on a Docker host.

    Two things happen here that Pulumi doesn't do by itself:

    - The child waits for what the component depends on. Pulumi holds back the component alone;
      its children start at once.
    - The child is replaced when its provider points to another host. To Pulumi a provider's new
      ``host`` is an update in place, which leaves everything on the old host as "unchanged".

    Args:
        component: the parent.
        opts: what the component's caller gave.
        resource_type: the child's type token, to find its provider.
        own: what this child needs besides.
    """
    provider = component.get_provider(resource_type)
    return pulumi.ResourceOptions.merge(
        pulumi.ResourceOptions(
            parent=component,
            depends_on=opts.depends_on if opts else None,
            # A provider that arrives as a mere reference (a hosted component) has no `host`.
            replacement_trigger=getattr(provider, "host", None),
        ),
        own,
    )
