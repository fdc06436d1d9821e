"""What a GitLab project needs to know."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

DEFAULT_BRANCH = "main"
DEFAULT_PROTECTED_TAGS = ("v*", "*.*.*")
DEFAULT_TIMEOUT_SECONDS = 3600
DEFAULT_LIFETIME_DAYS = 180
"""How long an access token is valid."""

EVERYWHERE = "*"
"""The environment scope of a variable that all jobs get."""

SLACK_EVENTS = {
    "push": "push_events",
    "issue": "issues_events",
    "confidential_issue": "confidential_issues_events",
    "merge_request": "merge_requests_events",
    "note": "note_events",
    "confidential_note": "confidential_note_events",
    "tag_push": "tag_push_events",
    "pipeline": "pipeline_events",
    "wiki_page": "wiki_page_events",
}
"""What GitLab can tell Slack about, and the setting that turns each event on."""


class GitlabVisibility(StrEnum):
    """Who sees a project."""

    PRIVATE = "private"
    """Its members."""

    INTERNAL = "internal"
    """Everybody who has signed in."""

    PUBLIC = "public"
    """Everybody."""


class GitlabAccess(StrEnum):
    """Who may do something with a protected branch."""

    NOBODY = "no one"
    """Nobody: for pushing, everything comes by merge request."""

    DEVELOPER = "developer"
    """Developers and maintainers."""

    MAINTAINER = "maintainer"
    """Maintainers."""


class GitlabTokenScope(StrEnum):
    """What a deploy token may do."""

    READ_REPOSITORY = "read_repository"
    """Clone."""

    READ_REGISTRY = "read_registry"
    """Pull images."""

    WRITE_REGISTRY = "write_registry"
    """Push images."""

    READ_PACKAGE_REGISTRY = "read_package_registry"
    """Download packages."""

    WRITE_PACKAGE_REGISTRY = "write_package_registry"
    """Upload packages."""


class GitlabApiScope(StrEnum):
    """What an access token may do, as far as its role lets it."""

    API = "api"
    """Everything that the API offers."""

    READ_API = "read_api"
    """Read by the API."""

    READ_REPOSITORY = "read_repository"
    """Clone."""

    WRITE_REPOSITORY = "write_repository"
    """Push."""

    READ_REGISTRY = "read_registry"
    """Pull images."""

    WRITE_REGISTRY = "write_registry"
    """Push images."""


class GitlabRole(StrEnum):
    """The role of an access token's user in the project."""

    GUEST = "guest"
    """Sees issues; of a private project, neither code nor merge requests."""

    REPORTER = "reporter"
    """Sees all and comments: the least that writes on merge requests."""

    DEVELOPER = "developer"
    """Pushes to branches that aren't protected."""

    MAINTAINER = "maintainer"
    """Changes the project's settings."""


class GitlabTier(StrEnum):
    """What an environment is for."""

    PRODUCTION = "production"
    """The real thing."""

    STAGING = "staging"
    """A last rehearsal."""

    TESTING = "testing"
    """Tests."""

    DEVELOPMENT = "development"
    """Reviews and tries."""

    OTHER = "other"
    """None of these."""


class SlackBranches(StrEnum):
    """The branches whose pushes and pipelines are told about."""

    ALL = "all"
    """Every branch."""

    DEFAULT = "default"
    """The default branch."""

    PROTECTED = "protected"
    """Protected branches."""

    DEFAULT_AND_PROTECTED = "default_and_protected"
    """Both of these."""


class GitlabRunnerScope(StrEnum):
    """Whose jobs a runner takes."""

    PROJECT = "project_type"
    """The project's."""

    GROUP = "group_type"
    """Those of all projects in the group."""


class GitlabRunnerAccess(StrEnum):
    """For which branches and tags a runner takes jobs."""

    ALL = "not_protected"
    """All of them."""

    PROTECTED = "ref_protected"
    """Protected ones: the runner that deploys to production."""


class GitlabVariableArgs(TypedDict):
    """A CI/CD variable."""

    key: str
    """Its name: letters, digits and ``_``, at most 255."""

    value: pulumi.Input[str]
    """Its value, a secret wherever it goes."""

    masked: NotRequired[bool]
    """Whether job logs show it as ``[MASKED]``. Then it has 8 characters or more on one line,
    without blanks. Default: true, and false for a file."""

    hidden: NotRequired[bool]
    """Whether nobody can read it in GitLab again. A hidden variable is masked. Default: false."""

    protected: NotRequired[bool]
    """Whether jobs for protected branches and tags alone get it. Default: true."""

    raw: NotRequired[bool]
    """Whether ``$`` in the value is a ``$``; otherwise other variables are filled in. Default:
    true."""

    environment_scope: NotRequired[str]
    """Environment whose jobs get it, such as ``production`` or ``review/*``. Default: all."""

    file: NotRequired[bool]
    """Whether jobs get the path of a file with the value, as for an SSH key. Default: false."""

    description: NotRequired[str]
    """What it is for. Default: none."""


class GitlabAccessTokenArgs(TypedDict):
    """A token for GitLab's API, of a user that GitLab makes for it; jobs get it as a variable."""

    variable: str
    """Name of the variable, which is masked."""

    scopes: list[GitlabApiScope]
    """What it may do."""

    role: NotRequired[GitlabRole]
    """Role of its user. Default: ``reporter``."""

    protected: NotRequired[bool]
    """Whether jobs for protected branches and tags alone get it. Default: true."""

    lifetime_days: NotRequired[int]
    """Days that it is valid, 2 to 365. A deployment in the second half renews it. Default: 180."""


class GitlabEnvironmentArgs(TypedDict):
    """An environment that the project is deployed to."""

    tier: NotRequired[GitlabTier]
    """What it is for. Default: GitLab's guess from the name."""

    url: NotRequired[pulumi.Input[str]]
    """Where it is seen in a browser. Default: none."""


class GitlabSlackArgs(TypedDict):
    """Notifications in Slack."""

    webhook: pulumi.Input[str]
    """Address of Slack's incoming webhook, a secret wherever it goes."""

    channels: dict[str, str]
    """Channel for each event that is told about: ``push``, ``issue``, ``confidential_issue``,
    ``merge_request``, ``note``, ``confidential_note``, ``tag_push``, ``pipeline``, ``wiki_page``.
    Empty text is the webhook's own channel."""

    username: NotRequired[str]
    """Name that the messages come from. Default: the webhook's."""

    branches: NotRequired[SlackBranches]
    """Branches whose pushes and pipelines are told about. Default: ``default_and_protected``."""

    broken_pipelines_only: NotRequired[bool]
    """Whether pipelines that succeed are passed over. Default: true."""


class GitlabScheduleArgs(TypedDict):
    """A pipeline that runs by the clock."""

    cron: str
    """When: minute, hour, day, month and weekday, such as ``30 4 * * 1``."""

    timezone: NotRequired[str]
    """Whose clock. Default: ``UTC``."""

    branch: NotRequired[str]
    """Branch that it runs for. Default: the project's default branch."""

    active: NotRequired[bool]
    """Whether it runs at all. Default: true."""


class GitlabRunnerArgs(TypedDict):
    """What jobs a runner takes. The managers that run them are a ``RunnerPool``."""

    scope: NotRequired[GitlabRunnerScope]
    """Whose jobs it takes; a change gives it another token. Default: the project's."""

    tags: NotRequired[list[str]]
    """Tags; a job runs where all of its tags are. Default: none."""

    untagged: NotRequired[bool]
    """Whether it takes jobs without tags. Default: true without tags, false with them."""

    locked: NotRequired[bool]
    """Whether no other project can be given it. Default: true."""

    access: NotRequired[GitlabRunnerAccess]
    """For which branches and tags it takes jobs. Default: all."""

    timeout_seconds: NotRequired[int]
    """Seconds that a job may take, 600 to 2592000. Default: 3600."""

    description: NotRequired[str]
    """What GitLab calls it. Default: the component's name."""


class GitlabProjectArgs(TypedDict):
    """A group with a project on GitLab's Community Edition."""

    group: str
    """Path of the group, such as ``reddit``."""

    project: str
    """Path of the project in it, such as ``app``."""

    description: NotRequired[str]
    """What the project is. Default: none."""

    visibility: NotRequired[GitlabVisibility]
    """Who sees group and project. Default: ``private``."""

    default_branch: NotRequired[str]
    """Branch that the others are merged into, protected. Default: ``main``."""

    readme: NotRequired[bool]
    """Whether the project begins with a README, which makes the default branch. A schedule needs
    the branch; a repository that is pushed from elsewhere must be the first to make it. Default:
    true."""

    push_access: NotRequired[GitlabAccess]
    """Who may push to the default branch. Default: ``maintainer``."""

    merge_access: NotRequired[GitlabAccess]
    """Who may merge into the default branch. Default: ``maintainer``."""

    protected_tags: NotRequired[list[str]]
    """Tags that maintainers alone make, with ``*`` for anything. Default: ``v*`` and ``*.*.*``,
    the semantic versions."""

    variables: NotRequired[list[GitlabVariableArgs]]
    """CI/CD variables. A key may come again for another environment."""

    deploy_token_scopes: NotRequired[list[GitlabTokenScope]]
    """What the deploy token may do. Default: ``read_registry``."""

    access_tokens: NotRequired[dict[str, GitlabAccessTokenArgs]]
    """Tokens for GitLab's API that jobs get, by what they are called. Default: none."""

    environments: NotRequired[dict[str, GitlabEnvironmentArgs]]
    """Environments by name, such as ``production``."""

    slack: NotRequired[GitlabSlackArgs]
    """Notifications in Slack. Default: none."""

    schedules: NotRequired[dict[str, GitlabScheduleArgs]]
    """Pipelines that run by the clock, by what they are called."""

    runner: NotRequired[GitlabRunnerArgs]
    """What jobs the runner takes. Default: all of the project's without tags."""

    protect_data: NotRequired[bool]
    """Whether Pulumi refuses to delete or replace group and project until this is taken back.
    Default: false."""


def scope(variable: GitlabVariableArgs) -> str:
    """Return the environments whose jobs get a variable."""
    return variable.get("environment_scope", EVERYWHERE)


def is_masked(variable: GitlabVariableArgs) -> bool:
    """Say whether job logs hide a variable."""
    return variable.get("masked", not variable.get("file", False))
