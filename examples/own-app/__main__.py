"""An application of one's own: a feed reader at the front, its database at the back."""

import pulumi
from dockyard import BridgeNetworks, ContainerApp, DockerHost, PulledImages
from feeds import services

config = pulumi.Config()
port = config.require_int("port")
references = {role: config.require(f"{role}Image") for role in ("reader", "database")}

host = DockerHost("here", {"published_ports": [{"port": port}]})
on_host = pulumi.ResourceOptions(provider=host.provider)
images = PulledImages("images", {"references": references}, on_host)
networks = BridgeNetworks(
    "networks",
    {
        "networks": {
            "front": {"name": "feeds-front", "subnet": config.require("frontSubnet")},
            "back": {
                "name": "feeds-back",
                "subnet": config.require("backSubnet"),
                "internal": True,
            },
        }
    },
    on_host,
)
app = ContainerApp(
    "feeds",
    {
        "prefix": "feeds",
        "network_ids": networks.network_ids,
        "services": services(images.image_ids, config.require_secret("password"), port),
        "volumes": {"data": {}},
    },
    on_host,
)
pulumi.export("containers", app.container_names)
pulumi.export("url", f"http://127.0.0.1:{port}")
