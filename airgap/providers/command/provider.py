"""The command plugin as the engine sees it."""

import threading
from collections.abc import Iterable, Mapping
from typing import ClassVar

from airgap.providers._checks import Failure, failures
from airgap.providers._schema import Schema
from airgap.providers._server import Provider, Resource
from airgap.providers._settings import decoded
from airgap.providers._values import Properties
from airgap.providers.command.local import LocalCommand
from airgap.providers.command.table import LOCAL_COMMAND


class CommandProvider(Provider):
    """Commands on this machine."""

    name: ClassVar = "command"
    version: ClassVar = "1.2.1"
    schemas: ClassVar[Mapping[str, Schema]] = {"command:local:Command": LOCAL_COMMAND}

    def __init__(self) -> None:
        super().__init__()
        self._cancelled = threading.Event()
        self._local = LocalCommand(self.log, self._cancelled)

    def check_settings(self, settings: Properties) -> Iterable[Failure]:
        """The plugin has no settings."""
        return failures(self.name, {}, decoded({}, settings))

    def configure(self, settings: Properties) -> str:
        """Nothing to take."""
        return "command: a stand-in for the plugin runs the commands of this machine"

    def resource(self, token: str) -> Resource:
        """The one resource type."""
        return self._local

    def cancel(self) -> None:
        """End the commands that run."""
        self._cancelled.set()
