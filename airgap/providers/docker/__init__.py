"""The stand-in for ``pulumi-resource-docker``: networks, volumes, images and containers."""
