"""The commands of a documentation page: run as a reader runs them, in one shell from top to end."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

_LANGUAGE = "console"
# Without a language, a block could be anything, commands among them.
_OF_SHELLS = frozenset({"console", "bash", "sh", "shell", ""})
_VARIES = "…"
_MARK = "\x1e"


@dataclass(frozen=True)
class Command:
    """One command, and what the page shows that it prints."""

    line: int
    text: str
    shown: str

    def printed(self, output: str) -> bool:
        """Say whether an output is the one shown.

        ``…`` stands for anything in a line; alone on a line, for any lines or none. Blank lines
        at the end are nothing to look at.
        """
        pattern = "".join(
            r"(?:.*\n)*?" if line == _VARIES else f"{'.*'.join(_parts(line))}[ \t]*\n"
            for line in self.shown.splitlines()
        )
        return re.fullmatch(pattern, f"{output.rstrip()}\n" if output.strip() else "") is not None


def _parts(line: str) -> list[str]:
    return [re.escape(part) for part in line.split(_VARIES)]


def blocks(page: str) -> list[list[Command]]:
    """Return the commands of a page, block by block.

    Raises:
        ValueError: a block is for a shell and no ``console``, so nothing could be compared.
    """
    found: list[list[Command]] = []
    for token in MarkdownIt().parse(page):
        if token.type == "fence" and token.info in _OF_SHELLS and token.map:
            if token.info != _LANGUAGE:
                what = f"line {token.map[0] + 1}: a block of {token.info or 'nothing'}"
                raise ValueError(f"{what}; write {_LANGUAGE}")
            found.append(_commands(token.content, token.map[0] + 2))
    return found


def _commands(block: str, first_line: int) -> list[Command]:
    commands: list[Command] = []
    for line, text in enumerate(block.splitlines(), first_line):
        if text.startswith("$ "):
            commands.append(Command(line, text[2:], ""))
            continue
        if not commands:
            raise ValueError(f"line {line}: {text!r} is printed by no command")
        last = commands.pop()
        if text.startswith("> "):
            commands.append(Command(last.line, f"{last.text}\n{text[2:]}", last.shown))
        else:
            commands.append(Command(last.line, last.text, f"{last.shown}{text}\n"))
    return commands


def run(page: Path, folder: Path, environment: Mapping[str, str], timeout_seconds: int) -> None:
    """Run every command of a page in a folder; each must succeed and print what is shown.

    A command that begins with ``!`` must fail, as in any shell.
    """
    commands = [command for block in blocks(page.read_text()) for command in block]
    script = "set -o pipefail\n" + "".join(
        f"printf '{_MARK}'\n{each.text}\n[ $? = 0 ] || exit 1\n" for each in commands
    )
    done = subprocess.run(  # noqa: S603 - the repository's own pages
        ["bash", "-c", script],  # noqa: S607
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
    outputs = done.stdout.split(_MARK)[1:]
    for number, (command, output) in enumerate(zip(commands, outputs, strict=False), start=1):
        where = f"{page.name}:{command.line}: {command.text}\n"
        assert done.returncode == 0 or number < len(outputs), f"{where}failed:\n{output}"
        assert command.printed(output), f"{where}shows:\n{command.shown}\nprints:\n{output}"
    assert len(outputs) == len(commands), done.stdout
