"""The plugin's resource types, bound to one engine."""

import threading
from collections.abc import Mapping

from airgap.providers._server import Resource
from airgap.providers.docker.container import Container
from airgap.providers.docker.engine import Engine
from airgap.providers.docker.host import Host
from airgap.providers.docker.image import RemoteImage
from airgap.providers.docker.logins import Logins
from airgap.providers.docker.network import Network
from airgap.providers.docker.service import Service
from airgap.providers.docker.volume import Volume


class Resources:
    """Every supported resource type.

    Attributes:
        by_token: The types by Pulumi's token.
    """

    def __init__(self, host: Host, logins: Logins, cancelled: threading.Event) -> None:
        engine = Engine(host, logins, cancelled)
        self.by_token: Mapping[str, Resource] = {
            "docker:index/network:Network": Network(engine),
            "docker:index/volume:Volume": Volume(engine),
            "docker:index/remoteImage:RemoteImage": RemoteImage(engine),
            "docker:index/container:Container": Container(engine),
            "docker:index/service:Service": Service(engine),
        }
