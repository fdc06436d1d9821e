"""Any number of Docker hosts on Google Compute Engine, each with a network for containers."""

import pulumi
from dockyard import BridgeNetworks, DockerHost, HostNetwork

config = pulumi.Config()
project, region = config.require("project"), config.require("region")

network = HostNetwork(
    "network",
    {
        "project": project,
        "prefix": "hosts",
        "region": region,
        "subnets": {"hosts": "10.132.0.0/24"},
    },
)
host = DockerHost(
    "hosts",
    {
        "count": config.require_int("count"),
        "gce": {
            "project": project,
            "prefix": "hosts",
            "zones": [f"{region}-b", f"{region}-c"],
            "network": network.network,
            "subnetwork": network.subnetworks["hosts"],
            "ssh_public_keys": [config.require("sshPublicKey")],
        },
    },
)
for name, provider in host.providers.items():
    BridgeNetworks(
        f"networks-{name}",
        {"networks": {"apps": {"subnet": "10.0.1.0/24"}}},
        pulumi.ResourceOptions(provider=provider),
    )
pulumi.export("sshConfig", host.ssh_config)
pulumi.export("dockerEnv", host.docker_env)
