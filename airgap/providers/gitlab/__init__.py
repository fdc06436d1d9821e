"""The stand-in for ``pulumi-resource-gitlab``: it foretells changes of GitLab, and makes none."""
