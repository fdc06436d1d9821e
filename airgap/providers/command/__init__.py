"""The stand-in for ``pulumi-resource-command``: commands on this machine."""
