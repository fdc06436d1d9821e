"""The script that makes a machine a Docker host, filled in for one host."""

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import _engine_args as defaults
from ._engine_args import EngineArgs

DEPLOY_USER = "deploy"
"""The account on a host that may use its engine, and nothing else."""

VERSION_FILE = "/etc/dockyard/engine-setup"
"""Holds the version of the script that ran to its end last, and a line break."""

_BODY = Path(__file__).with_name("engine_setup.sh")
_VERSION_LENGTH = 12


@dataclass(frozen=True)
class EngineSetup:
    """How a machine becomes a Docker host.

    The values are taken as they are; see ``_engine_rules`` for their rules.

    Args:
        engine: settings of the engine.
        public_keys: OpenSSH public keys that let in as ``DEPLOY_USER``. None: there will be no such
            user.
        data_disk: device name of the disk for the engine's data, as GCE has it. None: the engine's
            data is on the machine's own disk.
    """

    engine: EngineArgs
    public_keys: Sequence[str] = ()
    data_disk: str | None = None

    @property
    def version(self) -> str:
        """Return what tells this script from any other, 12 hexadecimal digits."""
        return hashlib.sha256(self._unversioned.encode()).hexdigest()[:_VERSION_LENGTH]

    @property
    def script(self) -> str:
        """Return the script for bash; root runs it, as often as wanted. It holds no secrets."""
        return f"#!/bin/bash\nreadonly VERSION={self.version}\n{self._unversioned}"

    @property
    def _unversioned(self) -> str:
        assignments = (
            f"readonly {name}={shlex.quote(value)}\n" for name, value in self._variables().items()
        )
        return f"set -euo pipefail\n{''.join(assignments)}{_BODY.read_text(encoding='utf-8')}"

    def _variables(self) -> dict[str, str]:
        engine = self.engine
        return {
            "ADDRESS_POOL": engine.get("address_pool", defaults.DEFAULT_ADDRESS_POOL),
            "ADDRESS_POOL_PREFIX": _whole(
                engine.get("address_pool_prefix", defaults.DEFAULT_ADDRESS_POOL_PREFIX)
            ),
            "LOG_MAX_SIZE_MIB": _whole(
                engine.get("log_max_size_mib", defaults.DEFAULT_LOG_MAX_SIZE_MIB)
            ),
            "LOG_MAX_FILES": _whole(engine.get("log_max_files", defaults.DEFAULT_LOG_MAX_FILES)),
            "LIVE_RESTORE": _switch(engine.get("live_restore", defaults.DEFAULT_LIVE_RESTORE)),
            "NO_NEW_PRIVILEGES": _switch(
                engine.get("no_new_privileges", defaults.DEFAULT_NO_NEW_PRIVILEGES)
            ),
            "CONTAINERS_REACH_METADATA": _switch(
                engine.get("containers_reach_metadata", defaults.DEFAULT_CONTAINERS_REACH_METADATA)
            ),
            "DATA_DISK": self.data_disk or "",
            "PUBLIC_KEYS": "\n".join(self.public_keys),
            "DEPLOY_USER": DEPLOY_USER,
            "VERSION_FILE": VERSION_FILE,
        }


def _whole(value: int) -> str:
    # A hosted component receives every number as a float.
    return str(int(value))


def _switch(value: bool) -> str:  # noqa: FBT001 - one value, named by the function
    return "true" if value else "false"
