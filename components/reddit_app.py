"""The reddit application: a page, two services and their database."""

from typing import TYPE_CHECKING

import pulumi

from . import _reddit_services as services
from ._reddit_args import RedditAppArgs
from ._reddit_rules import check
from .container_app import ContainerApp

if TYPE_CHECKING:
    from .swarm_app import SwarmApp


class RedditApp(pulumi.ComponentResource):
    """The reddit application: a page, two services and their database.

    It creates one ``ContainerApp`` of its own name, and in it:

    - ``<name>-data``: the volume with the database's files, kept on destroy unless asked otherwise
      and protected from it if asked.
    - ``<name>-database``: the database, on the back network only.
    - ``<name>-post`` and ``<name>-comment``: the services, on both networks, once the database is
      healthy.
    - ``<name>-ui``: the page, on the front network only, once both services are healthy.
    - ``<name>-backup`` and ``<name>-backups``, if asked for: the service that takes backups, on the
      back network only, and the volume that it keeps them in.

    Every container runs without privileges, with a read-only root, limits and rotated logs. It
    creates no network: see ``BridgeNetworks``. It runs the images built from ``app/`` and, with
    ``health_command`` and ``read_only`` to suit, the ones of the course that it comes from.

    Raises:
        ArgumentError: a name, alias, image, port, limit or path is invalid.
    """

    container_names: dict[str, pulumi.Output[str]]
    """Docker's name of each container, by service; of each service, on a Swarm."""

    volume_name: pulumi.Output[str]
    """Docker's name of the volume that holds the database's files."""

    port: pulumi.Output[int]
    """Port of the host at which the page is published, once it is healthy."""

    def __init__(
        self, name: str, args: RedditAppArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        check(args)
        super().__init__("dockyard:index:RedditApp", name, None, opts)

        def formerly_own(
            child: pulumi.ResourceTransformationArgs,
        ) -> pulumi.ResourceTransformationResult | None:
            # Until 0.1 the volume and the containers were this component's own children.
            if not isinstance(child.resource, pulumi.CustomResource):
                return None
            former = pulumi.ResourceOptions(aliases=[pulumi.Alias(parent=self)])
            return pulumi.ResourceTransformationResult(
                child.props, pulumi.ResourceOptions.merge(child.opts, former)
            )

        own = pulumi.ResourceOptions(
            parent=self,
            depends_on=opts.depends_on if opts else None,
            transformations=[formerly_own],
        )
        self.app: ContainerApp | SwarmApp
        if "swarm" in args:
            from . import _reddit_swarm

            self.app = _reddit_swarm.create(name, args, args["swarm"], own)
            self.container_names = self.app.service_names
        else:
            self.app = ContainerApp(name, services.container_app_args(args), own)
            self.container_names = self.app.container_names
        self.volume_name = self.app.volume_names[services.DATA]
        port = services.ui_port(args)
        # Known in a preview, and yet whatever uses it waits for the page.
        self.port = pulumi.Output.all(*self.container_names.values()).apply(lambda _: port)
        self.register_outputs(
            {
                "container_names": self.container_names,
                "volume_name": self.volume_name,
                "port": self.port,
            }
        )
