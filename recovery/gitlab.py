"""Backups of GitLab: taking one, and trying one on a server that nobody else knows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recovery import report
from recovery.errors import RecoveryError
from recovery.place import Place
from recovery.throw_away import ThrowAway, throw_away

_BACKUPS = "/backups"
_MANIFESTS = f"{_BACKUPS}/manifests"
_CONFIGURATION = "/omnibus_config.rb"
# Takes backups, and knows how to count.
_SCRIPT = "/opt/dockyard/backup"
# Of the image itself; the copy is asked from within.
_CURL = "/opt/gitlab/embedded/bin/curl"
_READY = "http://localhost/-/readiness?all=1"
_START_SECONDS = 1800
# The copy has no way out: no certificate to ask for, no bucket to write to, no mail to send.
_ALONE = "; ".join(
    [
        f"from_file('{_CONFIGURATION}')",
        "external_url 'http://localhost'",
        "letsencrypt['enable'] = false",
        "registry['enable'] = false",
        "gitlab_rails['smtp_enable'] = false",
        "gitlab_rails['backup_upload_connection'] = {}",
    ]
)


@dataclass(frozen=True)
class _Backup:
    """A backup by its manifest: the archives with their hashes, and what there was then."""

    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return the name under which GitLab knows it."""
        return str(self.manifest["data"]["name"]).removesuffix("_gitlab_backup.tar")

    @property
    def archives(self) -> dict[str, str]:
        """Return the hash of each archive by its path among the backups."""
        return {
            f"{part}/{self.manifest[part]['name']}": self.manifest[part]["sha256"]
            for part in ("data", "config")
        }

    def is_like(self, found: Mapping[str, int]) -> bool:
        """Tell whether there is as much of everything as when it was taken."""
        return all(
            min(count, self.manifest["after"][each])
            <= found[each]
            <= max(count, self.manifest["after"][each])
            for each, count in self.manifest["before"].items()
        )


def backup(place: Place) -> str:
    """Take a backup of GitLab now and return its name. It is not copied to a bucket."""
    place.docker("exec", place.container("gitlab"), _SCRIPT, _BACKUPS)
    return _found(place, "newest").name


def names(place: Place) -> list[str]:
    """Return the names of GitLab's backups, the newest first."""
    return [each.name for each in _all(place)]


def drill(place: Place, name: str) -> str:
    """Restore a backup into a GitLab of the same image, count what it has, and remove it.

    Args:
        place: the host that has the backup.
        name: the backup's name, or ``newest``.

    Returns:
        What was compared, as a table.

    Raises:
        RecoveryError: an archive has changed, or there is less or more in the copy than there was.
    """
    chosen = _found(place, name)
    source = place.inspect(place.container("gitlab"))
    with throw_away(place) as made:
        backups = _copied(made, source, chosen)
        copy = _made(made, source, backups, chosen)
        _wait_until_ready(place, copy)
        for service in ("puma", "sidekiq"):
            place.docker("exec", copy, "gitlab-ctl", "stop", service)
        restore = ("gitlab-backup", "restore", f"BACKUP={chosen.name}", "force=yes")
        place.docker("exec", "--env", "GITLAB_ASSUME_YES=1", copy, *restore)
        found = json.loads(place.docker("exec", copy, "/backup", "--count"))
    compared = _table(chosen, found)
    if not chosen.is_like(found):
        raise RecoveryError(f"{chosen.name} does not bring everything back:\n{compared}")
    return compared


def _all(place: Place) -> list[_Backup]:
    show = f"cat {_MANIFESTS}/*.json 2>/dev/null || true"
    lines = place.docker("exec", place.container("gitlab"), "sh", "-c", show).splitlines()
    found = [_Backup(json.loads(line)) for line in lines]
    return sorted(found, key=lambda each: int(each.name.partition("_")[0]), reverse=True)


def _found(place: Place, name: str) -> _Backup:
    known = _all(place)
    for each in known:
        if name in {"newest", each.name}:
            return each
    listed = ", ".join(each.name for each in known) or "none with a manifest"
    raise RecoveryError(f"there is no backup {name!r} of GitLab; there are: {listed}")


def _copied(made: ThrowAway, source: Mapping[str, Any], chosen: _Backup) -> str:
    """Copy the archives to a volume, because GitLab unpacks beside them; compare their hashes."""
    (mount,) = (each for each in source["Mounts"] if each["Destination"] == _BACKUPS)
    volume = made.volume("backups")
    paths = list(chosen.archives)
    script = (
        'cd /from && mkdir -p /to/data /to/config && for each; do cp -p "$each" "/to/$each"; done'
    )
    made.place.docker(
        *("run", "--rm", "--name", made.container("copy"), *made.options, "--entrypoint", "sh"),
        *("--volume", f"{mount.get('Name') or mount['Source']}:/from:ro"),
        *("--volume", f"{volume}:/to", source["Image"]),
        *("-ec", f'{script}; cd /to; sha256sum "$@" >/to/hashes', "sh", *paths),
    )
    hashes = made.place.docker(
        *("run", "--rm", "--name", made.container("hashes"), *made.options),
        *("--volume", f"{volume}:/to:ro", "--entrypoint", "cat", source["Image"], "/to/hashes"),
    )
    for line in hashes.splitlines():
        digest, _, path = line.partition("  ")
        if chosen.archives[path] != digest:
            raise RecoveryError(f"{path} has changed since it was written; use another backup")
    return volume


def _made(made: ThrowAway, source: Mapping[str, Any], backups: str, chosen: _Backup) -> str:
    """Start a server with the keys of the backup and none of the original's data."""
    place, copy = made.place, made.container("gitlab")
    host = source["HostConfig"]
    place.docker(
        *("create", "--name", copy, *made.options, "--volume", f"{backups}:{_BACKUPS}"),
        *("--memory", str(host["Memory"]), "--shm-size", str(host["ShmSize"])),
        *("--env", f"GITLAB_OMNIBUS_CONFIG={_ALONE}", source["Image"]),
    )
    for file in (_CONFIGURATION, _SCRIPT):
        place.copy(f"{place.container('gitlab')}:{file}", f"{copy}:/")
    archive = f"{_BACKUPS}/config/{chosen.manifest['config']['name']}"
    # The keys must be there before the first start makes others up.
    place.docker(
        *("run", "--rm", "--name", made.container("keys"), *made.options),
        *("--volumes-from", copy, "--entrypoint", "tar", source["Image"]),
        *("-x", "-f", archive, "-C", "/"),
    )
    place.docker("start", copy)
    return copy


def _wait_until_ready(place: Place, copy: str) -> None:
    ask = ("exec", copy, _CURL, "--fail", "--silent", "--output", "/dev/null", _READY)
    place.wait_for(copy, lambda: place.docker(*ask), _START_SECONDS)


def _table(chosen: _Backup, found: Mapping[str, int]) -> str:
    before, after = chosen.manifest["before"], chosen.manifest["after"]
    rows = [(each, before[each], after[each], found[each]) for each in sorted(before)]
    return report.table((chosen.name, "before", "after", "restored"), rows)
