"""A backend of stacks in memory, which answers what the CLI would."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from delivery.errors import DeliveryError
from delivery.pulumi import Pulumi, StackRecord


@dataclass(frozen=True)
class Backend(Pulumi):
    """Stacks with tags; deployments say and do what a test wants.

    Args:
        tags: the tags of each stack.
        holders: the stacks that have a tag with a value, as ``name=value``.
        asked: the commands so far, but for questions.
        says: what a command that deploys or destroys says in turn, and its exit code.
        state: what ``pulumi stack export`` prints.
        made_in: the folders in which stacks were made, where the CLI writes their files.
        after_tag: called once after the next tag is set: what another job does just then.
    """

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    holders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    asked: list[tuple[str, ...]] = field(default_factory=list)
    says: list[tuple[str, int]] = field(default_factory=list)
    state: dict[str, object] = field(default_factory=dict)
    after_tag: list[Callable[[], None]] = field(default_factory=list)
    made_in: list[Path] = field(default_factory=list)

    def stacks(self, tag: str = "") -> list[StackRecord]:
        """Return the stacks that have a tag."""
        if "=" in tag:
            names = sorted(self.holders.get(tag, ()))
        else:
            names = [name for name, tags in self.tags.items() if not tag or tag in tags]
        return [StackRecord(name, None) for name in names]

    def answer(self, *arguments: str) -> str:
        """Do what the CLI would."""
        match arguments:
            case "stack", "tag", "ls", "--json", "--stack", stack:
                return json.dumps(self._of(stack))
            case "stack", "export", "--stack", _:
                return json.dumps(self.state)
            case "stack", "tag", "set", "--stack", stack, name, value:
                self.give(stack, name, value)
                if self.after_tag:
                    self.after_tag.pop()()
            case "stack", "tag", "rm", "--stack", stack, name:
                self.holders[f"{name}={self._of(stack).pop(name)}"].discard(stack)
            case "stack", "init", "--stack", stack, *_:
                self.tags[stack] = {}
                self.made_in.append(self.root)
            case "stack", "rm", stack, *_:
                del self.tags[stack]
        self.asked.append(arguments)
        return ""

    def follow(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Say what the test wants said; by default, succeed."""
        self.asked.append(arguments)
        said, code = self.says.pop(0) if self.says else ("", 0)
        return subprocess.CompletedProcess(arguments, code, said)

    def outputs(self, stack: str) -> dict[str, object]:
        """Return the outputs of any stack."""
        return {"url": f"http://{stack}.localhost:20000"}

    def give(self, stack: str, name: str, value: str) -> None:
        """Give a stack a tag."""
        tags = self.tags.setdefault(stack, {})
        if name in tags:
            self.holders[f"{name}={tags[name]}"].discard(stack)
        tags[name] = value
        self.holders[f"{name}={value}"].add(stack)

    @property
    def deployments(self) -> list[str]:
        """Return the commands that changed what a stack has, in order."""
        return [each[0] for each in self.asked if each[0] != "stack"]

    def _of(self, stack: str) -> dict[str, str]:
        if stack not in self.tags:
            raise DeliveryError(f"no stack named {stack!r} found")
        return self.tags[stack]
