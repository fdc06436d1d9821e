"""What a GitLab server needs to know."""

from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi

DEFAULT_IMAGE = "gitlab/gitlab-ce:19.3.0-ce.0"
DEFAULT_SSH_PORT = 2222
DEFAULT_SHM_MIB = 256
DEFAULT_REGISTRY_PORT = 5050
DEFAULT_SCHEDULE = "30 2 * * *"
DEFAULT_KEEP_DAYS = 7
DEFAULT_BACKUP_TIMEOUT_SECONDS = 3600
DEFAULT_HEALTH_INTERVAL_SECONDS = 15
DEFAULT_START_TIMEOUT_SECONDS = 900


class GitlabProfile(StrEnum):
    """How much of GitLab runs, and how big."""

    NORMAL = "normal"
    """Everything, with the sizes that GitLab finds for the machine. It wants 8 GB and more."""

    MEMORY_CONSTRAINED = "memory_constrained"
    """One process for the web, few background jobs at a time, no monitoring: for up to five people
    on 4 GB."""


class GitlabLetsEncryptArgs(TypedDict):
    """A certificate from Let's Encrypt, which must reach ports 80 and 443 from the internet."""

    contact_emails: NotRequired[list[str]]
    """Addresses that are told of a certificate that is about to expire. Default: none."""


class GitlabCertificateArgs(TypedDict):
    """A certificate of one's own."""

    certificate: pulumi.Input[str]
    """The certificate and those between it and the root, PEM."""

    key: pulumi.Input[str]
    """Its private key without a passphrase, PEM; a secret wherever it goes."""


class GitlabRegistryArgs(TypedDict):
    """The container registry, under the server's name and with its certificate."""

    port: NotRequired[int]
    """Port of the host. Default: 5050."""


class GitlabBucketArgs(TypedDict):
    """A bucket of Google Cloud Storage, reached with the service account of the host's VM."""

    name: str
    """The bucket. Its lifecycle rules remove what is too old; GitLab never does there."""

    project: str
    """Id of the project that it is in."""


class GitlabBackupArgs(TypedDict):
    """Backups of the data, and of the configuration with the keys that the data is encrypted by."""

    schedule: NotRequired[str]
    """When, UTC, as in a crontab: minute, hour, day of month, month, day of week. Default:
    ``30 2 * * *``."""

    keep_days: NotRequired[int]
    """Days after which a backup on the host is removed. Default: 7."""

    directory: NotRequired[str]
    """Folder of the host, by absolute path. Default: a volume of its own."""

    bucket: NotRequired[GitlabBucketArgs]
    """Where each backup is copied to. Default: nowhere."""

    timeout_seconds: NotRequired[int]
    """Seconds that the backup before an upgrade may take. Default: 3600."""


class GitlabServerArgs(TypedDict):
    """GitLab on one Docker host."""

    prefix: str
    """Beginning of the container's and the volumes' names, unique on the host."""

    external_url: str
    """Where people and runners reach it: ``http://`` or ``https://``, a name or an address, and a
    port if it isn't 80 or 443. The port is published as it is."""

    network_id: pulumi.Input[str]
    """Network of the server, on which it also has the name in ``external_url``."""

    image: NotRequired[str]
    """The omnibus image, pinned by a tag that names version and edition. Default:
    ``gitlab/gitlab-ce:19.3.0-ce.0``."""

    image_id: NotRequired[pulumi.Input[str]]
    """Docker's id of that image, from ``PulledImages``. Default: the engine pulls ``image``."""

    lets_encrypt: NotRequired[GitlabLetsEncryptArgs]
    """A certificate from Let's Encrypt. For ``https://``, this or ``certificate``."""

    certificate: NotRequired[GitlabCertificateArgs]
    """A certificate of one's own. For ``https://``, this or ``lets_encrypt``."""

    ssh_port: NotRequired[int]
    """Port of the host for Git over SSH. Default: 2222."""

    bind_address: NotRequired[str]
    """IPv4 address of the host that all ports are bound to; ``0.0.0.0`` is all. Default:
    ``127.0.0.1``."""

    profile: NotRequired[GitlabProfile]
    """How big GitLab is. Default: ``normal``."""

    memory_mib: NotRequired[int]
    """Memory limit in MiB. Default: 8192, and 4096 in the memory-constrained profile."""

    cpus: NotRequired[float]
    """CPU limit in CPUs. Default: 4.0, and 2.0 in the memory-constrained profile."""

    shm_mib: NotRequired[int]
    """Shared memory in MiB, for the database. Default: 256."""

    root_password: NotRequired[pulumi.Input[str]]
    """Password of the user root, a secret wherever it goes; set again at every start. Default:
    GitLab makes one up, in ``/etc/gitlab/initial_root_password`` for a day."""

    api_token: NotRequired[pulumi.Input[str]]
    """Personal access token that root shall have, a secret wherever it goes: 20 characters or more.
    Another one takes the place of the last, which is revoked. Default: one is made up, once."""

    registry: NotRequired[GitlabRegistryArgs]
    """The container registry. Default: none."""

    backup: NotRequired[GitlabBackupArgs]
    """Backups. Default: one a night, kept for a week in a volume of its own."""

    directory: NotRequired[str]
    """Folder of the host, by absolute path, below which configuration, logs and data are. Default:
    three volumes."""

    keep_data: NotRequired[bool]
    """Whether the volumes outlive a destroy or a replacement. Default: true."""

    protect_data: NotRequired[bool]
    """Whether Pulumi refuses to delete or replace the volumes until this is taken back; all else of
    the server still goes. Default: false."""

    settings: NotRequired[dict[str, Any]]
    """More of ``gitlab.rb``, by section and key, over what the component sets itself:
    ``{"gitlab_rails": {"time_zone": "Europe/Berlin"}}``. Values are text, numbers, true and false,
    ``None``, lists and mappings; outputs, and with them secrets, may stand for any."""

    health_interval_seconds: NotRequired[int]
    """Seconds between two health checks. Default: 15."""

    start_timeout_seconds: NotRequired[int]
    """Seconds that GitLab may take to get ready; the first start takes several minutes. Default:
    900."""

    labels: NotRequired[dict[str, str]]
    """Labels of the container and of the volumes."""
