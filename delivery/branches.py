"""Branches: the one that a command is about, and those that there are."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from delivery import git
from delivery.errors import DeliveryError, MisuseError

_VARIABLES = ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME")
_HEADS = "refs/heads/"
# What git never takes for a branch's name, and what no backend could write down.
_NO_NAME = re.compile(r"^-|^$|[\x00-\x20\x7f\ud800-\udfff~^:?*\[\\]")


def chosen(given: str | None, root: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Return the branch that a command is about: the one given, the job's, or git's current one.

    Raises:
        MisuseError: there is none, or it can't be a branch's name.
    """
    branch = chosen_if_any(given, root, environment)
    if branch is None:
        raise MisuseError("there is no branch here; name one with --branch")
    return branch


def chosen_if_any(
    given: str | None, root: Path, environment: Mapping[str, str] = os.environ
) -> str | None:
    """Return the branch that a command is about; None on a commit of no branch.

    Raises:
        MisuseError: it can't be a branch's name.
    """
    if given is None:
        found = (environment[each] for each in _VARIABLES if environment.get(each))
        given = next(found, None) or git.answer(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    if given is None:
        return None
    if _NO_NAME.search(given):
        raise MisuseError(f"--branch: {given!r} can't be a branch's name; give it as git shows it")
    return given


def on_remote(root: Path, remote: str) -> set[str]:
    """Return the names of all branches of a remote repository.

    Raises:
        DeliveryError: it doesn't answer, or says that it has none. That is no reason to believe
            that all of them are gone.
    """
    listed = git.answer(root, "ls-remote", "--heads", "--", remote)
    # Python takes more characters for the end of a line than git.
    references = [line.partition("\t")[2] for line in (listed or "").split("\n")]
    found = {each.removeprefix(_HEADS) for each in references if each.startswith(_HEADS)}
    if not found:
        why = "says that it has no branches" if listed is not None else "doesn't answer"
        raise DeliveryError(
            f"the remote repository {_without_login(remote)!r} {why}; nothing was touched. See "
            "what 'git ls-remote --heads' says of it"
        )
    return found


def _without_login(remote: str) -> str:
    return re.sub(r"//[^/]*@", "//", remote)
