"""Docker hosts, networks and the reddit system as Pulumi components."""

from ._reddit_args import (
    AliasesArgs,
    DatabaseArgs,
    DatabaseKind,
    OverrideArgs,
    RedditAppArgs,
    ServiceArgs,
)
from .bridge_networks import BridgeNetworkArgs, BridgeNetworks, BridgeNetworksArgs
from .docker_host import DockerHost, DockerHostArgs, PublishedPortArgs
from .pulled_images import PulledImages, PulledImagesArgs
from .reddit_app import RedditApp

__all__ = [
    "AliasesArgs",
    "BridgeNetworkArgs",
    "BridgeNetworks",
    "BridgeNetworksArgs",
    "DatabaseArgs",
    "DatabaseKind",
    "DockerHost",
    "DockerHostArgs",
    "OverrideArgs",
    "PublishedPortArgs",
    "PulledImages",
    "PulledImagesArgs",
    "RedditApp",
    "RedditAppArgs",
    "ServiceArgs",
]
