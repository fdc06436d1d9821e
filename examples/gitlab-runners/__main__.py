"""GitLab, a project on it and three runners, all on one host that is reached over SSH."""

import pulumi
from dockyard import BridgeNetworks, DockerHost, GitlabProject, GitlabServer, RunnerPool
from dockyard.gitlab_api import gitlab_provider

config = pulumi.Config()

host = DockerHost("ci", {"ssh": [config.require_object("host")]})
on_host = pulumi.ResourceOptions(provider=host.provider)
networks = BridgeNetworks("networks", {"networks": {"ci": {"subnet": "10.0.3.0/24"}}}, on_host)
server = GitlabServer(
    "gitlab",
    {
        "prefix": "ci",
        "external_url": config.require("url"),
        "network_id": networks.network_ids["ci"],
        "image": config.require("gitlabImage"),
        "bind_address": config.require("bindAddress"),
    },
    on_host,
)
gitlab = gitlab_provider("gitlab-api", server.url, server.api_token, [server.container])
on_gitlab = pulumi.ResourceOptions(provider=gitlab)
project = GitlabProject("project", {"group": "reddit", "project": "app"}, on_gitlab)
runners = RunnerPool(
    "runners",
    {
        "prefix": "ci",
        "gitlab_url": server.url,
        "token": project.runner_token,
        "network_id": networks.network_ids["ci"],
        "image": config.require("runnerImage"),
        "count": 3,
    },
    on_host,
)
pulumi.export("url", server.url)
pulumi.export("runners", runners.container_names)
