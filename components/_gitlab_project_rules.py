"""The rules for a GitLab project."""

import re

from . import _extras, checks
from ._gitlab_project_args import (
    SLACK_EVENTS,
    GitlabProjectArgs,
    GitlabRunnerArgs,
    GitlabScheduleArgs,
    GitlabSlackArgs,
    GitlabVariableArgs,
    is_masked,
    scope,
)

# https://docs.gitlab.com/user/reserved_names/ and Gitlab::PathRegex: no dash or dot at the ends.
_PATH = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_LONGEST_PATH = 255
_VARIABLE = re.compile(r"[A-Za-z0-9_]{1,255}")
# Ci::Maskable: what the runner finds again in a log. References are expanded before, unless raw.
_MASKABLE = re.compile(r"\S{8,}")
_MASKABLE_EXPANDED = re.compile(r"[A-Za-z0-9_+=/@:.~-]{8,}")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_/${}. -]{1,255}")
_BRANCH = re.compile(r"[^\s~^:?*\[\\/.-][^\s~^:?*\[\\]*")
_CRON_FIELDS = 5
_SHORTEST_TIMEOUT_SECONDS = 600  # GitLab refuses less.
_LONGEST_TIMEOUT_SECONDS = 30 * 86_400
_SHORTEST_LIFETIME_DAYS = 2
_LONGEST_LIFETIME_DAYS = 365  # GitLab refuses more unless its administrators allow it.


def check(args: GitlabProjectArgs) -> None:
    """Check everything that is known before anything is created.

    Raises:
        ArgumentError: a path, name, value, schedule, event, tag or number is invalid.
    """
    for field in ("group", "project"):
        _check_path(field, args[field])
    if "default_branch" in args:
        _check_branch("default_branch", args["default_branch"])
    tags = args.get("protected_tags", [])
    checks.unique("protected_tags", tags)
    for index, tag in enumerate(tags):
        _check_not_empty(f"protected_tags[{index}]", tag)
    _check_variables(args.get("variables", []))
    if args.get("deploy_token_scopes") == []:
        raise checks.ArgumentError("deploy_token_scopes", [], "allow nothing; give at least one")
    _check_access_tokens(args)
    for name in args.get("environments", {}):
        _check_environment(f"environments[{name!r}]", name)
    if "slack" in args:
        _check_slack(args["slack"])
    for name, schedule in args.get("schedules", {}).items():
        _check_not_empty("schedules", name)
        _check_schedule(f"schedules[{name!r}]", schedule)
    _check_runner(args.get("runner", {}))
    _extras.require("GitlabProject", "gitlab")


def _check_path(field: str, value: str) -> None:
    ends_badly = value.endswith((".git", ".atom")) or len(value) > _LONGEST_PATH
    if not _PATH.fullmatch(value) or ends_badly:
        raise checks.ArgumentError(
            field,
            value,
            "is not a path in GitLab; use letters, digits, '_', '-' and '.', neither '-' first nor "
            f"'.' at an end, at most {_LONGEST_PATH} characters, without .git or .atom at the end",
        )


def _check_branch(field: str, value: str) -> None:
    if not _BRANCH.fullmatch(value) or ".." in value or value.endswith(("/", ".", ".lock")):
        raise checks.ArgumentError(field, value, "is not a branch's name; write one like main")


def _check_not_empty(field: str, value: str) -> None:
    if not value.strip():
        raise checks.ArgumentError(field, value, "is empty; give a name")


def _check_environment(field: str, value: str) -> None:
    if not _ENVIRONMENT.fullmatch(value) or value.startswith("/") or value.endswith("/"):
        raise checks.ArgumentError(
            field,
            value,
            "is not an environment's name; use letters, digits, blanks, '-', '_', '/', '$', '{', "
            "'}' and '.', without '/' at an end, at most 255 characters",
        )


def _check_variables(variables: list[GitlabVariableArgs]) -> None:
    for index, variable in enumerate(variables):
        field = f"variables[{index}]"
        _check_variable_name(f"{field}.key", variable["key"])
        if not scope(variable):
            raise checks.ArgumentError(
                f"{field}.environment_scope", "", "is empty; leave it out for all environments"
            )
        if variable.get("hidden", False) and not is_masked(variable):
            raise checks.ArgumentError(
                f"{field}.masked", is_masked(variable), "can't be; GitLab masks what it hides"
            )
        if is_masked(variable) and isinstance(variable["value"], str):
            _check_maskable(field, variable["value"], raw=variable.get("raw", True))
    checks.unique(
        "variables", [f"{variable['key']} for {scope(variable)}" for variable in variables]
    )


def _check_variable_name(field: str, value: str) -> None:
    if not _VARIABLE.fullmatch(value):
        raise checks.ArgumentError(
            field, value, "is not a variable's name; use letters, digits and '_', at most 255"
        )


def _check_access_tokens(args: GitlabProjectArgs) -> None:
    taken = {variable["key"] for variable in args.get("variables", [])}
    for name, token in args.get("access_tokens", {}).items():
        field = f"access_tokens[{name!r}]"
        _check_not_empty("access_tokens", name)
        _check_variable_name(f"{field}.variable", token["variable"])
        if token["variable"] in taken:
            raise checks.ArgumentError(
                f"{field}.variable", token["variable"], "is another variable, too; name another"
            )
        taken.add(token["variable"])
        if not token["scopes"]:
            raise checks.ArgumentError(f"{field}.scopes", [], "allow nothing; give at least one")
        if "lifetime_days" in token:
            checks.whole_number(
                f"{field}.lifetime_days",
                token["lifetime_days"],
                smallest=_SHORTEST_LIFETIME_DAYS,
                largest=_LONGEST_LIFETIME_DAYS,
            )


def _check_maskable(field: str, value: str, *, raw: bool) -> None:
    if not _MASKABLE.fullmatch(value):
        rule = "has fewer than 8 characters, or blanks or line ends"
    elif not raw and not _MASKABLE_EXPANDED.fullmatch(value):
        rule = "has characters other than letters, digits and _+=/@:.~- without being raw"
    else:
        return
    raise checks.ArgumentError(
        f"{field}.value",
        checks.HIDDEN,
        f"{rule}, and GitLab masks no such value; give another one, or let masked be false",
    )


def _check_slack(slack: GitlabSlackArgs) -> None:
    if not slack["channels"]:
        raise checks.ArgumentError(
            "slack.channels", {}, f"tell about nothing; name one of {', '.join(SLACK_EVENTS)}"
        )
    for event in slack["channels"]:
        if event not in SLACK_EVENTS:
            raise checks.ArgumentError(
                "slack.channels", event, f"is no event; name one of {', '.join(SLACK_EVENTS)}"
            )
    webhook = slack["webhook"]
    if isinstance(webhook, str) and not webhook.startswith("https://"):
        raise checks.ArgumentError(
            "slack.webhook", checks.HIDDEN, "is not a webhook's address; it begins with https://"
        )


def _check_schedule(field: str, schedule: GitlabScheduleArgs) -> None:
    if len(schedule["cron"].split()) != _CRON_FIELDS:
        raise checks.ArgumentError(
            f"{field}.cron",
            schedule["cron"],
            "is not a time; give minute, hour, day, month and weekday, like 30 4 * * 1",
        )
    if "branch" in schedule:
        _check_branch(f"{field}.branch", schedule["branch"])


def _check_runner(runner: GitlabRunnerArgs) -> None:
    tags = runner.get("tags", [])
    checks.unique("runner.tags", tags)
    for index, tag in enumerate(tags):
        _check_not_empty(f"runner.tags[{index}]", tag)
    if not tags and not runner.get("untagged", True):
        raise checks.ArgumentError(
            "runner.tags", tags, "leave a runner that takes no untagged jobs none at all; give some"
        )
    if "timeout_seconds" in runner:
        checks.whole_number(
            "runner.timeout_seconds",
            runner["timeout_seconds"],
            smallest=_SHORTEST_TIMEOUT_SECONDS,
            largest=_LONGEST_TIMEOUT_SECONDS,
        )
