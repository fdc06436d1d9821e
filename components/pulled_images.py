"""Images that a Docker host holds before anything is started from them."""

from typing import TypedDict

import pulumi
import pulumi_docker as docker

from . import checks
from ._children import Children


class PulledImagesArgs(TypedDict):
    """The images that a Docker host shall hold."""

    references: dict[str, str]
    """Pinned image references by role, such as ``{"database": "mongo:8.0"}``. Plain, because each
    is a resource. An image that the host already holds is used as it is; others are pulled."""


class PulledImages(pulumi.ComponentResource):
    """Images that one Docker host holds, each pinned to its id.

    Pull first and start afterwards: an image that can't be had stops the deployment while the old
    containers still run, and before networks and volumes are made. It creates, for each entry of
    ``references``:

    - ``<name>-<role>``: the image on the host.

    It does not remove images from the host: other containers may use them.

    Raises:
        ArgumentError: a reference is malformed or not pinned (``latest`` is refused).
    """

    image_ids: dict[str, pulumi.Output[str]]
    """The id (``sha256:…``) of each image, by role. A tag that moves to another image shows as a
    change after a refresh."""

    def __init__(
        self, name: str, args: PulledImagesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        for role, reference in args["references"].items():
            checks.image_reference(f"references[{role!r}]", reference)
        super().__init__("dockyard:index:PulledImages", name, None, opts)
        options = Children(self, name, opts).options()
        self.images = {
            role: docker.RemoteImage(
                f"{name}-{role}", name=reference, keep_locally=True, opts=options
            )
            for role, reference in args["references"].items()
        }
        self.image_ids = {role: image.image_id for role, image in self.images.items()}
        self.register_outputs({"image_ids": self.image_ids})
