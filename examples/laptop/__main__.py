"""Two networks and the reddit application on this machine."""

import pulumi
from dockyard import BridgeNetworks, DatabaseKind, DockerHost, PulledImages, RedditApp

config = pulumi.Config()
port = config.require_int("port")
kind = DatabaseKind(config.require("databaseKind"))
back_subnet = config.require("backSubnet")

host = DockerHost("here", {"published_ports": [{"port": port}]})
on_host = pulumi.ResourceOptions(provider=host.provider)
images = PulledImages("images", {"references": config.require_object("images")}, on_host)
networks = BridgeNetworks(
    "networks",
    {
        "networks": {
            "front": {"name": "laptop-front", "subnet": config.require("frontSubnet")},
            "back": {"name": "laptop-back", "subnet": back_subnet, "internal": True},
        }
    },
    on_host,
)
app = RedditApp(
    "reddit",
    {
        "prefix": "laptop",
        "front_network_id": networks.network_ids["front"],
        "back_network_id": networks.network_ids["back"],
        "port": port,
        "ui": {"image": images.image_ids["ui"]},
        "post": {"image": images.image_ids["post"]},
        "comment": {"image": images.image_ids["comment"]},
        "database": {"image": images.image_ids["database"], "kind": kind},
    },
    on_host,
)
pulumi.export("url", pulumi.Output.format("http://127.0.0.1:{0}", app.port.apply(str)))
