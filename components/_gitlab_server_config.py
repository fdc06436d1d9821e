"""From a server's arguments to its ``gitlab.rb``."""

from typing import Any

import pulumi

from . import _gitlab_omnibus
from ._gitlab_omnibus import Settings
from ._gitlab_server_args import (
    DEFAULT_KEEP_DAYS,
    DEFAULT_REGISTRY_PORT,
    DEFAULT_SSH_PORT,
    GitlabBackupArgs,
    GitlabProfile,
    GitlabServerArgs,
)
from ._gitlab_server_rules import release
from ._gitlab_server_url import server_url
from ._gitlab_upgrade import Version

BACKUPS = "/backups"
"""Where backups are, in the container."""

CERTIFICATE = "/opt/dockyard/tls.crt"
"""Where a certificate of one's own is, in the container."""

CERTIFICATE_KEY = "/opt/dockyard/tls.key"
"""Where its key is."""

_SECONDS_PER_DAY = 86_400
# Before, NGINX had sections of its own; they still work, and every reconfigure complains.
_NGINX_INSIDE = Version(19, 2, 0)

# docs.gitlab.com: omnibus/settings/memory_constrained_envs. Its limits by cgroup are left out: a
# container may not make any.
_MALLOC = {"MALLOC_CONF": "dirty_decay_ms:1000,muzzy_decay_ms:1000"}
_SMALL: Settings = {
    "puma": {"worker_processes": 0},
    "sidekiq": {"concurrency": 10},
    "prometheus_monitoring": {"enable": False},
    "gitlab_kas": {"enable": False},
    "gitlab_rails": {"env": _MALLOC},
    "gitaly": {
        "env": {**_MALLOC, "GITALY_COMMAND_SPAWN_MAX_PARALLEL": "2"},
        "configuration": {
            "concurrency": [
                {"rpc": "/gitaly.SmartHTTPService/PostReceivePack", "max_per_repo": 3},
                {"rpc": "/gitaly.SSHService/SSHUploadPack", "max_per_repo": 3},
            ]
        },
    },
}


def configuration(args: GitlabServerArgs) -> pulumi.Output[str]:
    """Return the server's ``gitlab.rb``, a secret."""
    urls = {"external_url": str(server_url(args))}
    if "registry" in args:
        port = int(args["registry"].get("port", DEFAULT_REGISTRY_PORT))
        urls["registry_external_url"] = server_url(args).at(port)
    settings = _gitlab_omnibus.merged(
        _basics(args),
        _tls(args),
        _registry(args),
        _backup(args.get("backup", {})),
        _SMALL if args.get("profile") == GitlabProfile.MEMORY_CONSTRAINED else {},
    )
    wanted: pulumi.Output[dict[str, Any]] = pulumi.Output.from_input(args.get("settings", {}))
    return pulumi.Output.secret(
        wanted.apply(
            lambda extra: _gitlab_omnibus.render(urls, _gitlab_omnibus.merged(settings, extra))
        )
    )


def _basics(args: GitlabServerArgs) -> Settings:
    return _gitlab_omnibus.merged(
        {
            "gitlab_rails": {
                "gitlab_shell_ssh_port": int(args.get("ssh_port", DEFAULT_SSH_PORT)),
                # Health and metrics are for the container itself.
                "monitoring_whitelist": ["127.0.0.0/8", "::1/128"],
            }
        },
        _nginx(args, {"hide_server_tokens": "on"}),
    )


def _tls(args: GitlabServerArgs) -> Settings:
    settings: dict[str, Any] = {"letsencrypt": {"enable": "lets_encrypt" in args}}
    if "lets_encrypt" in args:
        settings["letsencrypt"]["contact_emails"] = list(
            args["lets_encrypt"].get("contact_emails", [])
        )
    web: dict[str, Any] = _certificate(args)
    if server_url(args).redirects_from_http:
        web["redirect_http_to_https"] = True
    return _gitlab_omnibus.merged(settings, _nginx(args, web))


def _registry(args: GitlabServerArgs) -> Settings:
    if "registry" not in args:
        return {"registry": {"enable": False}, "gitlab_rails": {"registry_enabled": False}}
    certificate = _certificate(args)
    if not certificate:
        return {}
    if release(args).version < _NGINX_INSIDE:
        return {"registry_nginx": certificate}
    return {"registry": {"nginx": certificate}}


def _backup(backup: GitlabBackupArgs) -> Settings:
    rails: dict[str, Any] = {
        "backup_path": f"{BACKUPS}/data",
        "backup_keep_time": int(backup.get("keep_days", DEFAULT_KEEP_DAYS)) * _SECONDS_PER_DAY,
    }
    if "bucket" in backup:
        rails["backup_upload_connection"] = {
            "provider": "Google",
            "google_project": backup["bucket"]["project"],
            "google_application_default": True,
        }
        rails["backup_upload_remote_directory"] = backup["bucket"]["name"]
    return {"gitlab_rails": rails}


def _nginx(args: GitlabServerArgs, values: dict[str, Any]) -> Settings:
    if release(args).version < _NGINX_INSIDE:
        return {"nginx": values}
    return {"gitlab_rails": {"nginx": values}}


def _certificate(args: GitlabServerArgs) -> dict[str, Any]:
    if "certificate" not in args:
        return {}
    return {"ssl_certificate": CERTIFICATE, "ssl_certificate_key": CERTIFICATE_KEY}
