#!/usr/bin/env python3
"""Stands in for the programs of GitLab's image, each under its own name; it is no GitLab.

It evaluates the hook and supervises services as the image does, answers the readiness probe, and
says what it was given: files and standard input as hashes, never what they hold. What it says is
the container's log, and stays in the volume for logs.
"""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar
from urllib.parse import urlsplit

LOG = Path("/var/log/gitlab/stand-in.log")
DATA = Path("/var/opt/gitlab")
CONFIGURATION = Path("/omnibus_config.rb")
SERVICES = Path("/opt/gitlab/service")
VERSION = Path("/opt/gitlab/version-manifest.txt")
# Where files come that the image doesn't bring.
GIVEN = (CONFIGURATION, Path("/opt/dockyard"), Path("/opt/gitlab/sv"))
RECONFIGURE_SECONDS = 0.5
BOOT_SECONDS = 1.5

# A test puts these into the data, so that a container has them from its start.
HOLD = DATA / "hold-rails"
FAILING_BACKUP = DATA / "fail-backup"
UNFINISHED_MIGRATIONS = DATA / "unfinished-migrations"
FORGETFUL_RESTORE = Path("/etc/gitlab/forget-projects")
# The stand-in's database: one file for each thing.
TABLES = ("users", "projects", "issues", "notes", "merge_requests")


def say(event: str, **details: Any) -> None:
    """Write one line of the log, whichever process this is."""
    line = json.dumps({"event": event, **details}) + "\n"
    for place in (LOG, Path("/proc/1/fd/1")):
        with place.open("a") as log:
            log.write(line)


def setting(pattern: str) -> str:
    """Return what the configuration says after some words, the environment's last."""
    # What follows the file in the variable holds over the file.
    over = os.environ["GITLAB_OMNIBUS_CONFIG"].replace("; ", "\n")
    found = re.search(rf"^{pattern}'(.*)'$", over, re.MULTILINE) or re.search(
        rf"^{pattern}'(.*)'$", CONFIGURATION.read_text(), re.MULTILINE
    )
    if found is None:
        raise SystemExit(f"{CONFIGURATION} has no {pattern}")
    return found[1]


def _files() -> Iterator[tuple[str, dict[str, Any]]]:
    paths = [path for each in GIVEN for path in (each, *sorted(each.rglob("*"))) if path.is_file()]
    for path in paths:
        yield (
            str(path),
            {
                "mode": f"{path.stat().st_mode & 0o7777:04o}",
                "user": path.stat().st_uid,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            },
        )


class _Web(BaseHTTPRequestHandler):
    ready = threading.Event()
    codes: ClassVar = {False: 503, True: 200}

    def do_GET(self) -> None:
        # GitLab tells strangers nothing about its health.
        inside = self.client_address[0].startswith("127.")
        known = inside and self.path.partition("?")[0] == "/-/readiness"
        self.send_response(self.codes[self.ready.is_set()] if known else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep health checks out of the log."""


def _stop(number: int, _frame: FrameType | None) -> None:
    say("stopped", signal=number)
    sys.exit(0)


def init_container() -> None:
    """Configure and start GitLab, evaluate the hook, supervise the services."""
    signal.signal(signal.SIGTERM, _stop)
    say(
        "started",
        warning="this is a stand-in, and no GitLab",
        version=VERSION.read_text().strip(),
        environment=dict(os.environ),
        files=dict(_files()),
    )
    time.sleep(RECONFIGURE_SECONDS)
    given = os.environ["GITLAB_OMNIBUS_CONFIG"].partition("; ")[0]
    if given != f"from_file('{CONFIGURATION}')":
        raise SystemExit("the stand-in reads its configuration from a file, and is given none")
    Path(setting(r"gitlab_rails\['backup_path'\] = ")).mkdir(exist_ok=True)
    web = ThreadingHTTPServer(("", urlsplit(setting("external_url ")).port or 80), _Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    threading.Timer(BOOT_SECONDS, _Web.ready.set).start()
    say("reconfigured")
    hook = os.environ.get("GITLAB_POST_RECONFIGURE_SCRIPT", "true")
    subprocess.run(["bash", "-c", hook], check=True)  # noqa: S603, S607
    say("hook returned")
    supervised: dict[Path, subprocess.Popen[bytes]] = {}
    while True:
        for service in set(SERVICES.iterdir()) - set(supervised):
            supervised[service] = subprocess.Popen([service / "run"])  # noqa: S603
        time.sleep(0.1)


def curl() -> None:
    """Fetch a page, and fail unless it is a good one."""
    try:
        urllib.request.urlopen(sys.argv[-1], timeout=10).read()  # noqa: S310
    except OSError:
        sys.exit(22)


def gitlab_rails() -> None:
    """Take a script and its input, run nothing; as slow as a test wants."""
    given = hashlib.sha256(sys.stdin.buffer.read()).hexdigest()
    say("rails began", arguments=sys.argv[1:], environment=dict(os.environ), sha256=given)
    while HOLD.exists():
        time.sleep(0.05)
    say("rails ended")


def gitlab_psql() -> None:
    """Answer how many background migrations are unfinished, or how much there is of all."""
    if "json_build_object" in sys.argv[-1]:
        print(json.dumps({each: len([*(DATA / each).glob("*")]) for each in TABLES}))
        return
    say("asked for migrations")
    print(UNFINISHED_MIGRATIONS.read_text() if UNFINISHED_MIGRATIONS.exists() else "0")


def gitlab_ctl() -> None:
    """Back up the configuration, or stop a service."""
    if sys.argv[1] == "stop":
        say("asked to stop", service=sys.argv[2])
        return
    options = dict(zip(sys.argv, sys.argv[1:], strict=False))
    folder = Path(options["--backup-path"])
    folder.mkdir(mode=0o700, exist_ok=True)
    _archive(Path("/etc/gitlab"), folder / f"gitlab_config_{int(time.time())}.tar")


def gitlab_backup() -> None:
    """Back up the data, unless that has to fail, or restore it."""
    if sys.argv[1] == "restore":
        _restore(dict(each.split("=") for each in sys.argv[2:])["BACKUP"])
        return
    if FAILING_BACKUP.exists():
        raise SystemExit("stand-in: the disk is full")
    folder = Path(setting(r"gitlab_rails\['backup_path'\] = "))
    _archive(DATA, folder / f"{int(time.time())}_gitlab_backup.tar")


def _restore(name: str) -> None:
    folder = Path(setting(r"gitlab_rails\['backup_path'\] = "))
    with tarfile.open(folder / f"{name}_gitlab_backup.tar") as archive:
        archive.extractall("/", filter="fully_trusted")  # noqa: S202 - of its own making
    if FORGETFUL_RESTORE.exists():
        next((DATA / "projects").glob("*")).unlink()
    say("restored", name=name)


def _archive(folder: Path, file: Path) -> None:
    with tarfile.open(file, "w") as archive:
        archive.add(folder)
    say("backed up", folder=str(folder), file=str(file))


def go_crond() -> None:
    """Say what is to be run when, and run nothing."""
    options = dict(each.partition("=")[::2] for each in sys.argv[1:])
    files = sorted(Path(options["--include"]).iterdir())
    say("scheduled", lines=[line for file in files for line in file.read_text().splitlines()])
    signal.pause()


PROGRAMS = {
    "curl": curl,
    "gitlab-backup": gitlab_backup,
    "gitlab-ctl": gitlab_ctl,
    "gitlab-psql": gitlab_psql,
    "gitlab-rails": gitlab_rails,
    "go-crond": go_crond,
    "init-container": init_container,
}

if __name__ == "__main__":
    PROGRAMS[Path(sys.argv[0]).name]()
