"""The language host's SDKs; ``tests/e2e/test_plugin.py`` deploys with one."""

from pathlib import Path

import pytest

from airgap.language_host import sdk


def test_without_its_generator_the_host_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(sdk.GenerationError, match="python3 -m airgap sdk-generator"):
        sdk.generate(tmp_path, "{}", tmp_path / "sdk")


def test_what_the_generator_refuses_is_its_own_words(tmp_path: Path) -> None:
    generator = tmp_path / sdk.PROGRAM
    generator.write_text("#!/bin/sh\necho 'no such type' >&2\nexit 1\n")
    generator.chmod(0o755)
    with pytest.raises(sdk.GenerationError, match=r"^no such type$"):
        sdk.generate(tmp_path, "{}", tmp_path / "sdk")


def test_an_sdk_becomes_a_requirement_once_and_the_others_stay(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("pulumi>=3,<4")
    for _ in range(2):
        sdk.require(tmp_path, ["sdks/dockyard"])
    assert requirements.read_text() == "pulumi>=3,<4\nsdks/dockyard\n"


def test_a_program_without_requirements_gets_them(tmp_path: Path) -> None:
    sdk.require(tmp_path, ["sdks/dockyard"])
    assert (tmp_path / "requirements.txt").read_text() == "sdks/dockyard\n"
