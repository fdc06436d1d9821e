"""Upgrades of GitLab: which steps it allows, and a guard that refuses all others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pulumi

from . import _process
from ._machine import Machine

# A stop must have been installed, its background migrations finished, before anything newer is.
# Since 17.5 they come at a fixed pace (docs.gitlab.com: update/upgrade_paths). 17.1 is one for
# large instances only; going there costs the others a few minutes.
_STOPS = {17: (1, 3, 5, 8, 11)}
_STOPS_SINCE_18 = (2, 5, 8, 11)

_TAG = re.compile(
    r":(?P<major>\d{1,4})\.(?P<minor>\d{1,4})\.(?P<patch>\d{1,4})-(?P<edition>ce|ee)\.\d+(@|$)"
)
_UNFINISHED = "SELECT count(*) FROM batched_background_migrations WHERE status NOT IN (3, 6);"
_QUESTION_SECONDS = 120


@dataclass(frozen=True, order=True)
class Version:
    """A version of GitLab, ordered as GitLab's are."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """Return it as GitLab writes it."""
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True)
class Release:
    """A version in one of its editions, ``ce`` or ``ee``."""

    version: Version
    edition: str

    def __str__(self) -> str:
        """Return it as in an image's tag."""
        return f"{self.version}-{self.edition}"


def release_of(image: str) -> Release | None:
    """Return the release that an image's tag names; nothing if it names none."""
    found = _TAG.search(image)
    if found is None:
        return None
    version = Version(int(found["major"]), int(found["minor"]), int(found["patch"]))
    return Release(version, found["edition"])


def required_stops(old: Version, new: Version) -> list[str]:
    """Return the stops that an upgrade has to make on its way, both ends excepted."""
    return [
        f"{major}.{minor}"
        for major, minor in _stops(new.major)
        if (old.major, old.minor) < (major, minor) < (new.major, new.minor)
    ]


def _stops(last_major: int) -> Iterator[tuple[int, int]]:
    for major in range(min(_STOPS), last_major + 1):
        for minor in _STOPS.get(major, _STOPS_SINCE_18):
            yield major, minor


def refusal(old: Release, new: Release) -> str | None:
    """Say why GitLab can't be upgraded like this and how it can; nothing if it can."""
    if old.edition != new.edition:
        return (
            f"the edition would change from {old.edition} to {new.edition}. Stay with "
            f"{old.edition}, or follow GitLab's guide for converting an instance by hand"
        )
    if new.version < old.version:
        return (
            f"{new.version} is older than {old.version}, and GitLab can't go back. Stay at "
            f"{old.version} or newer; to return to older data, restore a backup into a new server "
            "of exactly its version"
        )
    stops = required_stops(old.version, new.version)
    if stops:
        path = " -> ".join([str(old.version), *stops, str(new.version)])
        return (
            f"it would pass over required stops. Go {path}, each time to the newest patch release, "
            "and wait at each until its background migrations have finished"
        )
    return None


class UpgradeGuard(pulumi.Stash):
    """A record of the release that a server runs.

    A step that GitLab doesn't allow is refused when the record changes, in the preview too. Before
    a step that it allows, the real run makes sure that the background migrations of the last one
    have finished, and takes a backup. What must not be touched by a refused or failed step has to
    depend on the guard.

    Args:
        name: logical name.
        release: what the server shall run.
        container: Docker's name of the server's container.
        machine: where it runs. None: on a host that is not ours to log in to; no backup is taken.
        backup_command: what takes a backup, in the container.
        backup_timeout_seconds: how long that may take.
        opts: options of the record.
    """

    def __init__(
        self,
        name: str,
        release: Release,
        *,
        container: str,
        machine: Machine | None,
        backup_command: tuple[str, ...],
        backup_timeout_seconds: int,
        opts: pulumi.ResourceOptions,
    ) -> None:
        async def check(args: pulumi.ResourceHookArgs) -> None:
            refuse_forbidden_step(args)
            if pulumi.runtime.is_dry_run():
                return
            if machine is None:
                pulumi.log.warn(
                    f"{container}: upgrading to {release.version} without a backup, because its "
                    "host's provider is not one of a DockerHost."
                )
                return
            await prepare_upgrade(container, machine, backup_command, backup_timeout_seconds)

        hook = pulumi.ResourceHook(
            f"{name}-allowed", check, pulumi.ResourceHookOptions(on_dry_run=True)
        )
        guarded = pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_update=[hook]))
        super().__init__(name, input=str(release), opts=pulumi.ResourceOptions.merge(opts, guarded))


def refuse_forbidden_step(args: pulumi.ResourceHookArgs) -> None:
    """Refuse a change of the record that GitLab doesn't allow as an upgrade.

    Raises:
        RuntimeError: it is a downgrade, another edition, or passes over a required stop.
    """
    old, new = (_recorded(inputs) for inputs in (args.old_inputs, args.new_inputs))
    if old is None or new is None:
        return
    reason = refusal(old, new)
    if reason:
        raise RuntimeError(
            f"GitLab can't be upgraded from {old} to {new}: {reason}. Nothing was changed."
        )


def _recorded(inputs: object) -> Release | None:
    record = inputs.get("input") if isinstance(inputs, dict) else None
    return release_of(f":{record}.0") if isinstance(record, str) else None


async def prepare_upgrade(
    container: str, machine: Machine, backup_command: tuple[str, ...], timeout_seconds: int
) -> None:
    """Take a backup of a server whose last upgrade is over.

    Raises:
        RuntimeError: the last upgrade is not over, or there is no backup.
    """
    unfinished = await _in_container(
        machine, container, ("gitlab-psql", "-t", "-A", "-c", _UNFINISHED), _QUESTION_SECONDS
    )
    if unfinished != "0":
        raise RuntimeError(
            f"{container}: {unfinished} background migrations of the last upgrade have not "
            "finished. Nothing was changed. Wait until the page /admin/background_migrations shows "
            "none as queued or failed; then deploy again."
        )
    pulumi.log.info(f"{container}: taking a backup before the upgrade")
    await _in_container(machine, container, backup_command, timeout_seconds)


async def _in_container(
    machine: Machine, container: str, command: tuple[str, ...], timeout_seconds: int
) -> str:
    words = await machine.docker("exec", container, *command).future()
    try:
        done = await _process.run(words or ["false"], timeout_seconds=timeout_seconds)
    except TimeoutError:
        reason = f"took longer than {timeout_seconds} s"
    else:
        if done.code == 0:
            return done.output.strip()
        reason = f"failed ({done.last_words or f'exit {done.code}'})"
    raise RuntimeError(
        f"{container}: `{command[0]}` {reason}. No upgrade without a backup: nothing was changed. "
        "The server must run, as it is, while it is backed up; then deploy again."
    )
