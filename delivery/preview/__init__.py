"""Previews of several stacks, and reports about them."""
