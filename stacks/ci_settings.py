"""Settings of the stack that runs GitLab and its runners."""

from dataclasses import dataclass

import pulumi

from components import (
    GitlabAccessTokenArgs,
    GitlabApiScope,
    GitlabProfile,
    GitlabProject,
    GitlabProjectArgs,
    GitlabServer,
    GitlabServerArgs,
    GitlabSlackArgs,
    GitlabVariableArgs,
    RunnerPool,
    RunnerPoolArgs,
    checks,
)
from components.checks import ArgumentError

from . import host_settings, network_settings
from .host_settings import HostSettings
from .reader import Reader
from .refusals import renamed
from .settings import default_prefix

_DEFAULT_PREFIX = "ci"
# Told to the components before there are any; the program puts the real ones in their place.
_NOT_YET = "not-yet"
# What .gitlab-ci.yml and its commands look for.
_NOTE_TOKEN = "DOCKYARD_NOTE_TOKEN"  # noqa: S105 - a variable's name
_SLACK_WEBHOOK = "SLACK_WEBHOOK_URL"
# Whether jobs for protected branches and tags alone get them.
_VARIABLES = {"pipelineVariables": False, "pipelineProtectedVariables": True}
_SCHEDULE = "drift and sweep"
_NOT_YET_TOKEN = "glrt-not-yet-0000000000"  # noqa: S105 - stands for one
_FIELDS = {
    "external_url": "gitlabUrl",
    "image": "gitlabImage",
    "lets_encrypt": "gitlabLetsEncryptEmails",
    "memory_mib": "gitlabMemoryMib",
    "root_password": "gitlabRootPassword",
    "ssh_port": "gitlabSshPort",
    "bind_address": "gitlabBindAddress",
    "start_timeout_seconds": "gitlabStartTimeoutSeconds",
    "group": "gitlabGroup",
    "project": "gitlabProject",
    r"slack\.channels": "slackChannels",
    r"slack\.webhook": "slackWebhook",
    r"runner\.tags": "runnerTags",
    rf"schedules\['{_SCHEDULE}'\]\.cron": "pipelineSchedule",
    "prefix": "prefix",
}
_RUNNER_FIELDS = {
    "count": "runnerCount",
    "image": "runnerImage",
    "concurrent": "runnerConcurrent",
    r"jobs\.image": "runnerJobImage",
    "grace_seconds": "runnerGraceSeconds",
    "prefix": "prefix",
}


@dataclass(frozen=True, kw_only=True)
class CiSettings:
    """What GitLab, its project and its runners are made from. Every value is checked."""

    stack: str
    """Name of the stack."""
    prefix: str
    """Beginning of every physical name."""
    hosts: HostSettings
    """The Docker hosts: GitLab's is the first, the runners' are the others."""
    subnet: str
    """Range of the network of GitLab and of the managers, CIDR."""
    network_mtu_bytes: int | None
    """Largest packet on it in bytes; None leaves it to the engine."""
    images: dict[str, str]
    """Pinned references of the images of GitLab and of the runners' managers."""
    server: GitlabServerArgs
    """GitLab, but for its network."""
    project: GitlabProjectArgs
    """What is made on GitLab."""
    runners: RunnerPoolArgs
    """The runners of one host, but for their network, token and GitLab's address."""


def load(config: pulumi.Config, stack: str) -> CiSettings:
    """Read and check the configuration of a stack with GitLab.

    Raises:
        ArgumentError: a key is unknown or missing, or its value breaks a rule.
    """
    reader = Reader(config.name)
    prefix = checks.name_prefix(
        reader.field("prefix"), reader.text("prefix") or default_prefix(_DEFAULT_PREFIX, stack)
    )
    bind_address = reader.text("gitlabBindAddress", checks.ip_address)
    subnet = reader.text("gitlabSubnet")
    avoid_ranges = network_settings.avoid_ranges(reader, {"gitlabSubnet": subnet})
    server = _server(reader, prefix, bind_address)
    project = _project(reader)
    runners = _runners(reader, prefix)
    _check(reader, server, project, runners)
    hosts = host_settings.load(
        reader,
        prefix=prefix,
        ports=_ports(server),
        bind_address=bind_address,
        source_ranges_key="gitlabSourceRanges",
        container_ranges=[subnet, *avoid_ranges],
    )
    if hosts.is_this_machine:
        runners["engine_socket"] = hosts.hosts["endpoint"]
    settings = CiSettings(
        stack=stack,
        prefix=prefix,
        hosts=hosts,
        subnet=subnet,
        network_mtu_bytes=network_settings.mtu_bytes(reader) or hosts.network_mtu_bytes,
        images={"gitlab": server["image"], "runner": reader.text("runnerImage")},
        server=server,
        project=project,
        runners=runners,
    )
    reader.refuse_unread_keys()
    return settings


def _ports(server: GitlabServerArgs) -> dict[str, int]:
    """Return the published ports by the keys that they come from, each port once."""
    keys = {"ssh_port": "gitlabSshPort"}
    return {
        keys.get(field, f"gitlabUrl ({field})"): port
        for field, port in GitlabServer.published_ports(server).items()
    }


def _server(reader: Reader, prefix: str, bind_address: str) -> GitlabServerArgs:
    profile = reader.text("gitlabProfile")
    if profile not in set(GitlabProfile):
        known = " or ".join(GitlabProfile)
        raise ArgumentError(reader.field("gitlabProfile"), profile, f"is no profile; name {known}")
    server = GitlabServerArgs(
        prefix=prefix,
        external_url=reader.text("gitlabUrl"),
        image=reader.text("gitlabImage"),
        network_id=_NOT_YET,
        ssh_port=reader.integer("gitlabSshPort"),
        bind_address=bind_address,
        profile=GitlabProfile(profile),
        keep_data=reader.boolean("keepData"),
        protect_data=reader.boolean("protectData"),
        start_timeout_seconds=reader.integer("gitlabStartTimeoutSeconds"),
    )
    if memory_mib := reader.integer("gitlabMemoryMib"):
        server["memory_mib"] = memory_mib
    if (password := reader.secret("gitlabRootPassword")) is not None:
        server["root_password"] = password
    if emails := reader.texts("gitlabLetsEncryptEmails"):
        server["lets_encrypt"] = {"contact_emails": emails}
    return server


def _project(reader: Reader) -> GitlabProjectArgs:
    project = GitlabProjectArgs(
        group=reader.text("gitlabGroup"),
        project=reader.text("gitlabProject"),
        protect_data=reader.boolean("protectData"),
        runner={"tags": reader.texts("runnerTags"), "untagged": True},
    )
    # Merge requests come from branches that aren't protected.
    project["access_tokens"] = {
        "merge-request-notes": GitlabAccessTokenArgs(
            variable=_NOTE_TOKEN, scopes=[GitlabApiScope.API], protected=False
        )
    }
    if cron := reader.text("pipelineSchedule"):
        project["schedules"] = {_SCHEDULE: {"cron": cron}}
    channels, webhook = reader.text_map("slackChannels"), reader.secret("slackWebhook")
    variables = _variables(reader)
    if webhook is not None:
        variables.append(GitlabVariableArgs(key=_SLACK_WEBHOOK, value=webhook))
        project["slack"] = GitlabSlackArgs(webhook=webhook, channels=channels)
    elif channels:
        raise ArgumentError(
            reader.field("slackChannels"),
            channels,
            f"needs {reader.field('slackWebhook')}; pulumi config set --secret slackWebhook …",
        )
    project["variables"] = variables
    return project


def _variables(reader: Reader) -> list[GitlabVariableArgs]:
    return [
        # A key or a certificate: GitLab masks one line only, and tools want such in a file.
        GitlabVariableArgs(key=name, value=value, protected=protected, file="\n" in value)
        for key, protected in _VARIABLES.items()
        for name, value in reader.secret_texts(key).items()
    ]


def _runners(reader: Reader, prefix: str) -> RunnerPoolArgs:
    return RunnerPoolArgs(
        prefix=prefix,
        gitlab_url="http://not-yet.invalid",
        token=_NOT_YET_TOKEN,
        network_id=_NOT_YET,
        image=reader.text("runnerImage", checks.image_reference),
        count=reader.integer("runnerCount"),
        concurrent=reader.integer("runnerConcurrent"),
        grace_seconds=reader.integer("runnerGraceSeconds"),
        jobs={"image": reader.text("runnerJobImage")},
    )


def _check(
    reader: Reader, server: GitlabServerArgs, project: GitlabProjectArgs, runners: RunnerPoolArgs
) -> None:
    try:
        GitlabServer.check(server)
        GitlabProject.check(project)
    except ArgumentError as error:
        keys = [f"{key}.{name}" for key in _VARIABLES for name in reader.secret_texts(key)]
        variables = {
            rf"variables\[{index}\](\.key|\.value)?": key for index, key in enumerate(keys)
        }
        raise renamed(reader, error, {**_FIELDS, **variables}) from None
    try:
        RunnerPool.check(runners)
    except ArgumentError as error:
        raise renamed(reader, error, _RUNNER_FIELDS) from None
