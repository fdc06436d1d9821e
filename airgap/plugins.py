"""The provider plugins: Pulumi's own, or the stand-ins of ``airgap/providers``."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from airgap import downloads, launcher, virtualenv
from airgap.commands import run
from airgap.parts import Kind, Part, Record, Source
from airgap.session import Session, hash_of, on_path
from airgap.versions import numbers

_RELEASES = "https://get.pulumi.com/releases/plugins"
_INSTALL_SECONDS = 600


@dataclass(frozen=True)
class Plugin:
    """One provider plugin.

    Args:
        part: The part it is.
        name: Its name with Pulumi.
        fallback_version: Version to install where the virtualenv has no SDK of it.
        on_first_use: Whether Pulumi itself downloads it when a program first needs it: set-up
            doesn't, as most programs never do.
        limits: What the status says that the stand-in can't do at all.
    """

    part: Part
    name: str
    fallback_version: str
    on_first_use: bool = False
    limits: str = ""

    def pending(self, session: Session) -> str:
        """Say what is to be done about it; empty when nothing is."""
        record = session.record(self.part)
        found = self._installed(session)
        match session.source(self.part, on_machine=found is not None):
            case Source.MACHINE:
                return "" if record.where == str(found) else f"use {found}"
            case Source.DOWNLOAD:
                awaited = self._is_awaited(session)
                if awaited and record.where == self._awaited(session):
                    return ""
                verb = "leave it to Pulumi to download" if awaited else "download"
                return f"{verb} {self._version(session)}, or else put the stand-in in its place"
            case _:
                done = record.key == self._key(session) and self._ours(session).exists()
                return "" if done else "put the stand-in in its place"

    def ensure(self, session: Session) -> Record:
        """Provide it.

        Raises:
            SetupError: an installation that began fails.
        """
        found = self._installed(session)
        source = session.source(self.part, on_machine=found is not None)
        obstacle = session.record(self.part).unreachable
        if source is Source.DOWNLOAD:
            obstacle = downloads.obstacle(self._archive(session))
            if not obstacle and self._is_awaited(session):
                self._ours(session).unlink(missing_ok=True)
                return Record(kind=Kind.REAL, where=self._awaited(session))
            if not obstacle:
                self._install(session)
                found = self._installed(session)
        if found is not None and source is not Source.LOCAL:
            # On PATH it would win over the real one.
            self._ours(session).unlink(missing_ok=True)
            return Record(kind=Kind.REAL, where=str(found))
        launcher.write(self._ours(session), self._script(session))
        return Record(
            kind=Kind.STAND_IN,
            where=f"{self._ours(session)}{self.limits}",
            key=self._key(session),
            unreachable=obstacle,
        )

    def _program(self) -> str:
        return f"pulumi-resource-{self.name}"

    def _ours(self, session: Session) -> Path:
        return session.layout.bin / self._program()

    def _script(self, session: Session) -> str:
        layout = session.layout
        return launcher.text(layout.python, layout.home, f"airgap.providers.{self.name}")

    def _key(self, session: Session) -> str:
        return hash_of(self._script(session))

    def _version(self, session: Session) -> str:
        installed = virtualenv.installed_version(session.layout, f"pulumi-{self.name}")
        return installed or self.fallback_version

    def _is_awaited(self, session: Session) -> bool:
        return self.on_first_use and not session.all_plugins

    def _awaited(self, session: Session) -> str:
        return f"version {self._version(session)}, which Pulumi downloads when a program needs it"

    def _installed(self, session: Session) -> Path | None:
        """Find the real one: on PATH, or among Pulumi's plugins and new enough for the SDK."""
        found = on_path(self._program(), session.layout)
        if found is not None:
            return found
        wanted = numbers(self._version(session))
        home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
        for program in home.glob(f"plugins/resource-{self.name}-v*/{self._program()}"):
            version = numbers(program.parent.name)
            # The engine takes a newer one of the same major version for the one that an SDK names.
            if version[:1] == wanted[:1] and version >= wanted:
                return program
        return None

    def _archive(self, session: Session) -> str:
        architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(
            platform.machine(), platform.machine()
        )
        version = self._version(session)
        return f"{_RELEASES}/{self._program()}-v{version}-linux-{architecture}.tar.gz"

    def _install(self, session: Session) -> None:
        pulumi = on_path("pulumi", session.layout) or session.layout.bin / "pulumi"
        run(
            [pulumi, "plugin", "install", "resource", self.name, self._version(session)],
            timeout_seconds=_INSTALL_SECONDS,
        )


DOCKER = Plugin(Part.DOCKER_PROVIDER, "docker", "5.2.0")
COMMAND = Plugin(Part.COMMAND_PROVIDER, "command", "1.2.1")
GCP = Plugin(Part.GCP_PROVIDER, "gcp", "10.2.0", on_first_use=True, limits=", previews only")
GITLAB = Plugin(
    Part.GITLAB_PROVIDER, "gitlab", "10.4.0", on_first_use=True, limits=", previews only"
)
