"""Dockyard as a Pulumi plugin: its components for programs in any of Pulumi's languages.

It has a folder of its own because a plugin's ``__main__.py`` serves components, and the one at the
root of the repository runs a stack. Pulumi clones the whole repository, so the components are near.
"""
