"""A picture of the pipeline: its jobs, stage by stage, and what each waits for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from docs.extensions import dot

_MANUAL_FILL = "#fff6e0"


class _Loader(yaml.SafeLoader):
    """Reads GitLab's YAML; what a reference leads to is no matter of the picture."""


_Loader.add_constructor("!reference", lambda _loader, _node: None)


def pipeline_graph(root: Path) -> str:
    """Return the graph of the repository's pipeline."""
    text = (root / ".gitlab-ci.yml").read_text(encoding="utf-8")
    definition = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    jobs = {
        name: _with_what_it_extends(name, definition)
        for name, each in definition.items()
        if not name.startswith(".") and "script" in _with_what_it_extends(name, definition)
    }
    lines: list[str] = []
    for stage in definition["stages"]:
        nodes = [_node(name, job) for name, job in jobs.items() if job["stage"] == stage]
        lines += dot.cluster(f"stage {stage}", nodes)
    for name, job in jobs.items():
        waits_for = [] if _is_scheduled(job) else _stage_before(job["stage"], definition, jobs)
        lines += [dot.edge(each, name) for each in job.get("needs", waits_for)]
    return dot.graph(lines)


def _node(name: str, job: Mapping[str, Any]) -> str:
    if any(rule.get("when") == "manual" for rule in job["rules"]):
        return dot.node(name, name, "by hand", fill=_MANUAL_FILL)
    return dot.node(name, name, "by the clock") if _is_scheduled(job) else dot.node(name)


def _is_scheduled(job: Mapping[str, Any]) -> bool:
    """Say whether a job is for pipelines by the clock alone, which have no other jobs."""
    return all("schedule" in rule.get("if", "") for rule in job["rules"])


def _with_what_it_extends(name: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a job with its parents' keywords; everything else of the file is none."""
    if not isinstance(definition[name], dict):
        return {}
    job = dict(definition[name])
    parent = _with_what_it_extends(job["extends"], definition) if "extends" in job else {}
    return {**parent, **job}


def _stage_before(
    stage: str, definition: Mapping[str, Any], jobs: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Return the jobs of the last stage before; unless ``needs`` says else, a job waits for it."""
    stages = definition["stages"]
    for earlier in reversed(stages[: stages.index(stage)]):
        if found := [name for name, job in jobs.items() if job["stage"] == earlier]:
            return found
    return []
