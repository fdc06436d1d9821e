"""The docker plugin as the engine sees it."""

import os
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from airgap.providers._checks import Failure, failures
from airgap.providers._errors import ProviderError
from airgap.providers._schema import Schema
from airgap.providers._server import Provider, Resource
from airgap.providers._settings import decoded
from airgap.providers._values import Properties, contains_unknown
from airgap.providers.docker.host import Host, wrong_with_address
from airgap.providers.docker.logins import Logins
from airgap.providers.docker.service_table import SERVICE
from airgap.providers.docker.table import CONTAINER, NETWORK, PROVIDER, REMOTE_IMAGE, VOLUME

if TYPE_CHECKING:
    from airgap.providers.docker.resources import Resources

_DEFAULT_HOST: Final = "unix:///var/run/docker.sock"


class DockerProvider(Provider):
    """Networks, volumes, images, containers and services on one Docker Engine."""

    name: ClassVar = "docker"
    version: ClassVar = "5.2.0"
    schemas: ClassVar[Mapping[str, Schema]] = {
        "docker:index/network:Network": NETWORK,
        "docker:index/volume:Volume": VOLUME,
        "docker:index/remoteImage:RemoteImage": REMOTE_IMAGE,
        "docker:index/container:Container": CONTAINER,
        "docker:index/service:Service": SERVICE,
    }

    def __init__(self) -> None:
        super().__init__()
        self._host: Host | None = None
        self._logins = Logins(())
        self._cancelled = threading.Event()
        self._resources: Resources | None = None
        self._resources_lock = threading.Lock()

    def check_settings(self, settings: Properties) -> Iterable[Failure]:
        """Refuse what isn't supported and addresses that can't be one."""
        given = decoded(PROVIDER, settings)
        yield from failures(self.name, PROVIDER, given)
        host = given.get("host")
        if isinstance(host, str) and host and (wrong := wrong_with_address(host)):
            yield Failure("host", f"host {wrong}")

    def configure(self, settings: Properties) -> str:
        """Take the address; an engine that can be reached without SSH must answer at once."""
        given = decoded(PROVIDER, settings)
        if refused := list(self.check_settings(settings)):
            raise ProviderError(refused[0].reason)
        if contains_unknown(given):
            return "docker: a stand-in, on a host that isn't known yet"
        address = given.get("host") or os.environ.get("DOCKER_HOST") or _DEFAULT_HOST
        if wrong := wrong_with_address(address):
            message = f"DOCKER_HOST {wrong}"
            raise ProviderError(message)
        host = Host(address, tuple(given.get("sshOpts", ())))
        if not host.is_remote:
            host.ping()
        self._host = host
        self._logins = Logins(given.get("registryAuth", ()))
        return f"docker: a stand-in for the plugin drives the Docker Engine at {address}"

    def resource(self, token: str) -> Resource:
        """A resource type; the first one asked for connects to the engine."""
        if self._host is None:
            message = (
                "the docker provider's host isn't known yet, so nothing can be done with it; "
                "create what its address comes from first"
            )
            raise ProviderError(message)
        with self._resources_lock:
            if self._resources is None:
                # Brings docker-py in: 0.2 s that a preview without changes never pays.
                from airgap.providers.docker.resources import Resources  # noqa: PLC0415

                self._resources = Resources(self._host, self._logins, self._cancelled)
        return self._resources.by_token[token]

    def cancel(self) -> None:
        """Stop waiting for health and for removals."""
        self._cancelled.set()
