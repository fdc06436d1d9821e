"""Backups of deployed stacks: taking, listing, trying and restoring them."""
