"""The files that a server's container is given before it starts, and what runs them."""

import json
import shlex
from pathlib import Path
from typing import Any

import pulumi
import pulumi_docker as docker

from ._gitlab_server_args import (
    DEFAULT_SCHEDULE,
    DEFAULT_START_TIMEOUT_SECONDS,
    GitlabServerArgs,
)
from ._gitlab_server_config import BACKUPS, CERTIFICATE, CERTIFICATE_KEY, configuration
from ._gitlab_server_url import server_url

CONFIGURATION = "/omnibus_config.rb"
"""Where the configuration is, in the container."""

_FOLDER = "/opt/dockyard"
_BOOTSTRAPPED = f"{_FOLDER}/bootstrapped"
_TOKEN_NAME = "dockyard"  # noqa: S105 - what people see in the list of tokens
# Whatever makes groups, projects, variables and runners; neither sudo nor admin_mode.
_TOKEN_SCOPES = ["api"]
_FOR_ROOT = "0400"
_FOR_ALL = "0444"
_TO_RUN = "0555"
# The output of jobs belongs among the container's own.
_TO_LOG = ">/proc/1/fd/1 2>&1"
_WEEKLY = "17 4 * * 0"
_RUN_SCHEDULE = f"""#!/bin/sh
exec /opt/gitlab/embedded/bin/go-crond --no-auto --include={_FOLDER}/cron.d {_TO_LOG}
"""


def environment(args: GitlabServerArgs) -> list[str]:
    """Return the container's environment, which anybody may read."""
    return [
        f"GITLAB_OMNIBUS_CONFIG=from_file('{CONFIGURATION}')",
        # In the background: a server that lacks its token is better than one that starts over and
        # over, and it must hear the signal to stop. The health check tells how it ended.
        f"GITLAB_POST_RECONFIGURE_SCRIPT={bootstrap_command(args)} &",
    ]


def bootstrap_command(args: GitlabServerArgs) -> str:
    """Return what makes a server usable that has just started, for a shell."""
    seconds = int(args.get("start_timeout_seconds", DEFAULT_START_TIMEOUT_SECONDS))
    return shlex.join([f"{_FOLDER}/bootstrap", _probe(args), str(seconds)])


def health_command(args: GitlabServerArgs) -> str:
    """Return what succeeds once a server is ready and its token accepted, for a shell.

    The image's own check takes a server for healthy that has not started to configure itself.
    """
    ask = ["curl", "--fail", "--silent", "--insecure", "--max-time", "10", "--output", "/dev/null"]
    return f"test -e {_BOOTSTRAPPED} && {shlex.join([*ask, _probe(args)])}"


def backup_command(args: GitlabServerArgs) -> tuple[str, ...]:
    """Return what takes a backup, in the container."""
    bucket = args.get("backup", {}).get("bucket")
    return (f"{_FOLDER}/backup", BACKUPS, *([bucket["name"]] if bucket else []))


def uploads(
    args: GitlabServerArgs, api_token: pulumi.Output[str]
) -> list[docker.ContainerUploadArgs]:
    """Return the files, those with secrets for root alone."""
    wanted: dict[str, Any] = {
        "root_password": args.get("root_password"),
        "api_token": api_token,
        "token_name": _TOKEN_NAME,
        "token_scopes": _TOKEN_SCOPES,
    }
    files = [
        _file(CONFIGURATION, configuration(args), _FOR_ROOT),
        _file(f"{_FOLDER}/secrets.json", _secret_json(wanted), _FOR_ROOT),
        _file(f"{_FOLDER}/bootstrap", _own("gitlab_server_bootstrap.sh"), _TO_RUN),
        _file(f"{_FOLDER}/bootstrap.rb", _own("gitlab_server_bootstrap.rb"), _FOR_ALL),
        _file(f"{_FOLDER}/backup", _own("gitlab_server_backup.sh"), _TO_RUN),
        _file(f"{_FOLDER}/cron.d/dockyard", _crontab(args), _FOR_ALL),
        _file("/opt/gitlab/sv/dockyard-schedule/run", _RUN_SCHEDULE, _TO_RUN),
    ]
    if "certificate" in args:
        own = args["certificate"]
        key = pulumi.Output.secret(own["key"])
        files.append(_file(CERTIFICATE, own["certificate"], _FOR_ALL))
        files.append(_file(CERTIFICATE_KEY, key, _FOR_ROOT))
    return files


def _probe(args: GitlabServerArgs) -> str:
    # From within: GitLab answers nobody else. The server's name may lead around a proxy.
    url = server_url(args)
    return f"{url.scheme}://localhost:{url.port}/-/readiness?all=1"


def _crontab(args: GitlabServerArgs) -> str:
    backup = shlex.join(backup_command(args))
    return (
        f"{args.get('backup', {}).get('schedule', DEFAULT_SCHEDULE)} root {backup} {_TO_LOG}\n"
        f"{_WEEKLY} root {bootstrap_command(args)} {_TO_LOG}\n"
    )


def _secret_json(values: dict[str, Any]) -> pulumi.Output[str]:
    known: pulumi.Output[dict[str, Any]] = pulumi.Output.secret(values)
    return known.apply(lambda each: json.dumps(each, sort_keys=True))


def _own(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _file(path: str, content: pulumi.Input[str], permissions: str) -> docker.ContainerUploadArgs:
    return docker.ContainerUploadArgs(file=path, content=content, permissions=permissions)
