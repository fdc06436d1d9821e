"""The stand-in for ``pulumi-resource-gcp``: it foretells what would change, and changes nothing."""
