"""Which stacks are previewed, and with what configuration."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from delivery import stack_file
from delivery.errors import MisuseError
from delivery.preview.run import Target
from delivery.pulumi import Pulumi

REVIEW: Final = "review"
"""The name that stands for the branch's own review stack."""

_WITHOUT_APPLICATION: Final = "ci"


def chosen(root: Path, names: Sequence[str]) -> list[str]:
    """Return the stacks to preview, each once: those named, or all with a configuration.

    Raises:
        MisuseError: there is none of a name.
    """
    known = stack_file.names(root)
    for name in names:
        if name not in known:
            raise MisuseError(f"--stack {name}: there is no such stack, only {', '.join(known)}")
    return list(dict.fromkeys(names or known))


def target(
    name: str,
    *,
    pulumi: Pulumi,
    branch: str | None,
    values: Mapping[str, object],
    folder: Path,
    known: Collection[str],
) -> Target:
    """Return a stack as it is to be previewed.

    Args:
        name: the stack's name, or ``REVIEW``.
        pulumi: the CLI in the project's folder.
        branch: whose review stack ``REVIEW`` is; None for the one that stands for any branch.
        values: configuration values of the application's images.
        folder: where its configuration is to lie.
        known: the names of the stacks that the backend has.
    """

    def prepare() -> tuple[str, Path]:
        stack, template = name, stack_file.path(pulumi.root, name)
        if name == REVIEW and branch is not None:
            # It imports the SDK, which takes longer than all else that is imported here.
            from delivery.review_stack import composed  # noqa: PLC0415

            stack, template = composed(pulumi.root, pulumi, branch, folder, known)
        with_images = stack.partition("-")[0] != _WITHOUT_APPLICATION
        config = folder / f"Pulumi.{name}.yaml"
        return stack, stack_file.compose(template, values if with_images else {}, config)

    return Target(name=name, prepare=prepare)
