"""The pipeline as it is written: GitLab's YAML, references left as they stand."""

from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Reads GitLab's YAML: a reference stays the list of its keys."""


def _keys(loader: yaml.SafeLoader, node: yaml.Node) -> list[Any]:
    assert isinstance(node, yaml.SequenceNode)
    return loader.construct_sequence(node)


_Loader.add_constructor("!reference", _keys)


def definition(folder: Path) -> dict[str, Any]:
    """Return what a folder's .gitlab-ci.yml says."""
    text = (folder / ".gitlab-ci.yml").read_text()
    return dict(yaml.load(text, Loader=_Loader))  # noqa: S506 - a safe loader
