"""The reddit application: a page, two services and their database."""

import pulumi
import pulumi_docker as docker

from . import _reddit_services as services
from ._children import Children
from ._reddit_args import RedditAppArgs, check
from ._service_container import Service, service_container


class RedditApp(pulumi.ComponentResource):
    """The reddit application: a page, two services and their database.

    It creates:

    - ``<name>-data``: the volume with the database's files, kept on destroy unless asked otherwise
      and protected from it if asked.
    - ``<name>-database``: the database, on the back network only.
    - ``<name>-post`` and ``<name>-comment``: the services, on both networks, once the database is
      healthy.
    - ``<name>-ui``: the page, on the front network only, once both services are healthy.

    Every container runs without privileges, with a read-only root, limits and rotated logs. It
    creates no network: see ``BridgeNetworks``. It runs the images built from ``app/`` and, with
    ``health_command`` and ``read_only`` to suit, the ones of the course that it comes from.

    Raises:
        ArgumentError: a name, alias, image, port, limit or path is invalid.
    """

    container_names: dict[str, pulumi.Output[str]]
    """Docker's name of each container, by service."""

    volume_name: pulumi.Output[str]
    """Docker's name of the volume that holds the database's files."""

    port: pulumi.Output[int]
    """Port of the host at which the page is published, once it is healthy."""

    def __init__(
        self, name: str, args: RedditAppArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        check(args)
        super().__init__("dockyard:index:RedditApp", name, None, opts)
        children = Children(self, name, opts)
        self.volume = _create_volume(name, args, children)

        def create(role: str, service: Service, after: list[pulumi.Resource]) -> docker.Container:
            return service_container(f"{name}-{role}", service, children, after)

        self.database = create(
            "database", services.database_service(args, self.volume.name), after=[]
        )
        self.post = create("post", services.post_service(args), after=[self.database])
        self.comment = create("comment", services.comment_service(args), after=[self.database])
        self.ui = create("ui", services.ui_service(args), after=[self.post, self.comment])

        self.container_names = {
            "database": self.database.name,
            "post": self.post.name,
            "comment": self.comment.name,
            "ui": self.ui.name,
        }
        self.volume_name = self.volume.name
        port = services.ui_port(args)
        # Known in a preview, and yet whatever uses it waits for the page.
        self.port = self.ui.urn.apply(lambda _: port)
        self.register_outputs(
            {
                "container_names": self.container_names,
                "volume_name": self.volume_name,
                "port": self.port,
            }
        )


def _create_volume(name: str, args: RedditAppArgs, children: Children) -> docker.Volume:
    keep = args["database"].get("keep_data", True)
    # Not false: that would undo the protection of everything around it.
    protect = args["database"].get("protect_data") or None
    return docker.Volume(
        f"{name}-data",
        # Files of one server mean nothing to the other.
        name=f"{args['prefix']}-{services.database_kind(args).value}-data",
        labels=[
            docker.VolumeLabelArgs(label=label, value=value)
            for label, value in children.labels(services.labels(args, "database"))
        ],
        opts=children.options(
            # Docker can't relabel a volume; a replacement would be an empty one.
            pulumi.ResourceOptions(
                retain_on_delete=keep, protect=protect, ignore_changes=["labels"]
            )
        ),
    )
