"""The resources that a GitLab project is made of."""

from typing import Any

import pulumi
import pulumi_gitlab as gitlab

from . import _gitlab_project_args as project_args
from ._gitlab_project_args import GitlabProjectArgs


def create_group_and_project(
    name: str, args: GitlabProjectArgs, opts: pulumi.ResourceOptions
) -> tuple[gitlab.Group, gitlab.Project]:
    """Create the group and the project in it."""
    # Not false: that would undo the protection of everything around it.
    kept = pulumi.ResourceOptions(protect=args.get("protect_data") or None)
    opts = pulumi.ResourceOptions.merge(opts, kept)
    readme = args.get("readme", True)
    visibility = str(args.get("visibility", project_args.GitlabVisibility.PRIVATE))
    group = gitlab.Group(
        f"{name}-group",
        name=args["group"],
        path=args["group"],
        visibility_level=visibility,
        opts=opts,
    )
    project = gitlab.Project(
        f"{name}-project",
        name=args["project"],
        path=args["project"],
        namespace_id=number(group),
        description=args.get("description"),
        visibility_level=visibility,
        # GitLab refuses to name a branch that isn't there.
        default_branch=_default_branch(args) if readme else None,
        initialize_with_readme=readme,
        opts=opts,
    )
    return group, project


def _default_branch(args: GitlabProjectArgs) -> str:
    return args.get("default_branch", project_args.DEFAULT_BRANCH)


def _named(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Return the options of what GitLab knows by its name.

    Two of a name can't be there at once, and a protection that is deleted after its successor was
    made takes that one with it.
    """
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))


def protect_branch_and_tags(
    name: str, args: GitlabProjectArgs, project: gitlab.Project, opts: pulumi.ResourceOptions
) -> None:
    """Protect the default branch and the tags of versions."""
    gitlab.BranchProtection(
        f"{name}-branch",
        project=project.id,
        branch=_default_branch(args),
        push_access_level=str(args.get("push_access", project_args.GitlabAccess.MAINTAINER)),
        merge_access_level=str(args.get("merge_access", project_args.GitlabAccess.MAINTAINER)),
        allow_force_push=False,
        opts=_named(opts),
    )
    for tag in args.get("protected_tags", project_args.DEFAULT_PROTECTED_TAGS):
        gitlab.TagProtection(
            f"{name}-tag-{tag}",
            project=project.id,
            tag=tag,
            create_access_level=project_args.GitlabAccess.MAINTAINER.value,
            opts=_named(opts),
        )


def create_variables(
    name: str, args: GitlabProjectArgs, project: gitlab.Project, opts: pulumi.ResourceOptions
) -> None:
    """Create the CI/CD variables."""
    for variable in args.get("variables", []):
        key, scope = variable["key"], project_args.scope(variable)
        suffix = "" if scope == project_args.EVERYWHERE else f"-{scope}"
        gitlab.ProjectVariable(
            f"{name}-variable-{key}{suffix}",
            project=project.id,
            key=key,
            value=pulumi.Output.secret(variable["value"]),
            masked=project_args.is_masked(variable),
            hidden=variable.get("hidden", False),
            protected=variable.get("protected", True),
            raw=variable.get("raw", True),
            environment_scope=scope,
            variable_type="file" if variable.get("file", False) else "env_var",
            description=variable.get("description"),
            opts=_named(opts),
        )


def create_access_tokens(
    name: str, args: GitlabProjectArgs, project: gitlab.Project, opts: pulumi.ResourceOptions
) -> None:
    """Create the tokens for the API, each with the variable that jobs get it in."""
    for called, settings in args.get("access_tokens", {}).items():
        lifetime_days = int(settings.get("lifetime_days", project_args.DEFAULT_LIFETIME_DAYS))
        token = gitlab.ProjectAccessToken(
            f"{name}-token-{called}",
            project=project.id,
            name=called,
            scopes=[str(each) for each in settings["scopes"]],
            access_level=str(settings.get("role", project_args.GitlabRole.REPORTER)),
            rotation_configuration=gitlab.ProjectAccessTokenRotationConfigurationArgs(
                expiration_days=lifetime_days, rotate_before_days=lifetime_days // 2
            ),
            opts=opts,
        )
        shown: pulumi.Output[str] = pulumi.Output.secret(token.token)
        gitlab.ProjectVariable(
            f"{name}-variable-{settings['variable']}",
            project=project.id,
            key=settings["variable"],
            value=shown,
            masked=True,
            hidden=False,
            protected=settings.get("protected", True),
            raw=True,
            environment_scope=project_args.EVERYWHERE,
            variable_type="env_var",
            description=f"The access token {called}; Pulumi renews it",
            opts=_named(opts),
        )


def create_environments(
    name: str, args: GitlabProjectArgs, project: gitlab.Project, opts: pulumi.ResourceOptions
) -> None:
    """Create the environments."""
    for environment, settings in args.get("environments", {}).items():
        tier = settings.get("tier")
        gitlab.ProjectEnvironment(
            f"{name}-environment-{environment}",
            project=project.id,
            name=environment,
            tier=str(tier) if tier else None,
            external_url=settings.get("url"),
            # GitLab deletes none that still runs.
            stop_before_destroy=True,
            opts=_named(opts),
        )


def create_schedules(
    name: str, args: GitlabProjectArgs, project: gitlab.Project, opts: pulumi.ResourceOptions
) -> None:
    """Create the pipelines that run by the clock."""
    for called, schedule in args.get("schedules", {}).items():
        gitlab.PipelineSchedule(
            f"{name}-schedule-{called}",
            project=project.id,
            description=called,
            ref=f"refs/heads/{schedule.get('branch', _default_branch(args))}",
            cron=schedule["cron"],
            cron_timezone=schedule.get("timezone", "UTC"),
            active=schedule.get("active", True),
            opts=opts,
        )


def connect_slack(
    name: str, args: GitlabProjectArgs, project: gitlab.Project, opts: pulumi.ResourceOptions
) -> None:
    """Tell Slack about the events that are asked for, if any."""
    if "slack" not in args:
        return
    slack = args["slack"]
    channels = slack["channels"]
    # Those that aren't named are said to be off: GitLab has them on.
    events: dict[str, Any] = {
        flag: event in channels for event, flag in project_args.SLACK_EVENTS.items()
    }
    events |= {f"{event}_channel": channel for event, channel in channels.items() if channel}
    gitlab.IntegrationSlack(
        f"{name}-slack",
        project=project.id,
        webhook=pulumi.Output.secret(slack["webhook"]),
        username=slack.get("username"),
        branches_to_be_notified=str(
            slack.get("branches", project_args.SlackBranches.DEFAULT_AND_PROTECTED)
        ),
        notify_only_broken_pipelines=slack.get("broken_pipelines_only", True),
        **events,
        opts=_named(opts),
    )


def create_deploy_token(
    name: str, args: GitlabProjectArgs, project: gitlab.Project, opts: pulumi.ResourceOptions
) -> gitlab.ProjectDeployToken:
    """Create the token that hosts pull images with."""
    scopes = args.get("deploy_token_scopes", [project_args.GitlabTokenScope.READ_REGISTRY])
    return gitlab.ProjectDeployToken(
        f"{name}-deploy-token",
        project=project.id,
        name=name,
        scopes=[str(each) for each in scopes],
        opts=opts,
    )


def create_runner(
    name: str,
    args: GitlabProjectArgs,
    group: gitlab.Group,
    project: gitlab.Project,
    opts: pulumi.ResourceOptions,
) -> gitlab.UserRunner:
    """Create what a runner's managers log in to."""
    runner = args.get("runner", {})
    scope = project_args.GitlabRunnerScope(
        runner.get("scope", project_args.GitlabRunnerScope.PROJECT)
    )
    of_group = scope is project_args.GitlabRunnerScope.GROUP
    tags = runner.get("tags", [])
    return gitlab.UserRunner(
        f"{name}-runner",
        runner_type=scope.value,
        group_id=number(group) if of_group else None,
        project_id=None if of_group else number(project),
        description=runner.get("description", name),
        tag_lists=tags,
        untagged=runner.get("untagged", not tags),
        # GitLab locks runners of a project alone.
        locked=None if of_group else runner.get("locked", True),
        access_level=str(runner.get("access", project_args.GitlabRunnerAccess.ALL)),
        maximum_timeout=int(runner.get("timeout_seconds", project_args.DEFAULT_TIMEOUT_SECONDS)),
        opts=opts,
    )


def number(resource: pulumi.CustomResource) -> pulumi.Output[int]:
    """Return the number that GitLab knows a group or project by."""
    return resource.id.apply(int)
