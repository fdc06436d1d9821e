"""A project on GitLab with everything that its pipelines need."""

import pulumi

from ._gitlab_project_args import GitlabProjectArgs
from ._gitlab_project_rules import check


class GitlabProject(pulumi.ComponentResource):
    """A group and a project on GitLab, with everything that its pipelines need.

    It creates:

    - ``<name>-group`` and ``<name>-project``.
    - ``<name>-branch`` and ``<name>-tag-<pattern>``: the protection of the default branch and of
      the tags of versions.
    - ``<name>-variable-<key>``, for one environment ``<name>-variable-<key>-<scope>``.
    - ``<name>-token-<token>``: a token for the API, and the variable that jobs get it in.
    - ``<name>-deploy-token``: what hosts pull images with.
    - ``<name>-environment-<environment>``, ``<name>-schedule-<schedule>`` and ``<name>-slack``, if
      asked for.
    - ``<name>-runner``: what jobs a runner takes, and the token for its managers.

    It needs GitLab's Community Edition and no more: an Enterprise Edition refuses its way to
    protect a branch. It pushes no code, and gives nobody access.

    Raises:
        ArgumentError: a path, name, value, schedule, event, tag or number is invalid.
        MissingExtraError: the package pulumi_gitlab isn't installed.
    """

    group_id: pulumi.Output[int]
    """GitLab's number of the group."""

    project_id: pulumi.Output[int]
    """GitLab's number of the project."""

    project_path: pulumi.Output[str]
    """Path of the project with that of its group."""

    web_url: pulumi.Output[str]
    """Where the project is seen in a browser."""

    deploy_username: pulumi.Output[str]
    """Name that goes with the deploy token."""

    deploy_token: pulumi.Output[str]
    """The deploy token, a secret."""

    runner_token: pulumi.Output[str]
    """The token that a runner's managers show (``glrt-…``), a secret."""

    def __init__(
        self, name: str, args: GitlabProjectArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        check(args)
        # A tenth of a second, which stacks without GitLab never pay.
        from . import _gitlab_project_parts as parts

        super().__init__("dockyard:index:GitlabProject", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        group, project = parts.create_group_and_project(name, args, child)
        self.group_id = parts.number(group)
        self.project_id = parts.number(project)
        parts.protect_branch_and_tags(name, args, project, child)
        parts.create_variables(name, args, project, child)
        parts.create_access_tokens(name, args, project, child)
        parts.create_environments(name, args, project, child)
        parts.create_schedules(name, args, project, child)
        parts.connect_slack(name, args, project, child)
        deploy_token = parts.create_deploy_token(name, args, project, child)
        runner = parts.create_runner(name, args, group, project, child)

        self.project_path = project.path_with_namespace
        self.web_url = project.web_url
        self.deploy_username = deploy_token.username
        self.deploy_token = pulumi.Output.secret(deploy_token.token)
        self.runner_token = pulumi.Output.secret(runner.token)
        self.register_outputs(
            {
                "group_id": self.group_id,
                "project_id": self.project_id,
                "project_path": self.project_path,
                "web_url": self.web_url,
                "deploy_username": self.deploy_username,
                "deploy_token": self.deploy_token,
                "runner_token": self.runner_token,
            }
        )

    @staticmethod
    def check(args: GitlabProjectArgs) -> None:
        """Check arguments without creating anything.

        Raises:
            ArgumentError: as the constructor would.
        """
        check(args)
