"""Stand-ins for Pulumi's provider plugins, for machines that can't download the real ones.

Each sub-package is one plugin: ``python -m airgap.providers.docker`` behaves towards the Pulumi
engine as ``pulumi-resource-docker`` does, for the part of it that is listed in the sub-package's
``table`` module. What is not listed there is refused when the engine checks the inputs, so a
program never runs with a setting silently left out.
"""
