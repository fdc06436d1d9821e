"""Which parts are real: the choice, its record and its table."""

from pathlib import Path

import pytest

from airgap import parts
from airgap.commands import SetupError
from airgap.layout import Layout
from airgap.parts import Kind, Part, Record, Source
from airgap.session import on_path

REAL = Record(kind=Kind.REAL, where="/usr/bin/pulumi")
STAND_IN = Record(kind=Kind.STAND_IN, where="/x/host", key="abc", unreachable="no route")


@pytest.mark.parametrize(
    ("forced", "on_machine", "unreachable", "retry", "source"),
    [
        (False, False, False, False, Source.DOWNLOAD),
        (False, False, False, True, Source.DOWNLOAD),
        (False, False, True, False, Source.LOCAL),
        (False, False, True, True, Source.DOWNLOAD),
        (False, True, False, False, Source.MACHINE),
        (False, True, True, False, Source.MACHINE),
        (False, True, True, True, Source.MACHINE),
        (True, False, False, False, Source.LOCAL),
        (True, True, False, False, Source.LOCAL),
        (True, True, True, True, Source.LOCAL),
    ],
)
def test_a_part_comes_from_the_machine_then_a_download_then_from_here(
    forced: bool,  # noqa: FBT001 - a row of the table
    on_machine: bool,  # noqa: FBT001
    unreachable: bool,  # noqa: FBT001
    retry: bool,  # noqa: FBT001
    source: Source,
) -> None:
    chosen = parts.choose(
        forced=forced, on_machine=on_machine, unreachable=unreachable, retry=retry
    )
    assert chosen is source


@pytest.mark.parametrize(
    ("names", "forced"),
    [
        ("", set()),
        ("pulumi", {Part.PULUMI}),
        ("base-image, docker-provider", {Part.BASE_IMAGE, Part.DOCKER_PROVIDER}),
        ("all", set(parts.REPLACEABLE)),
    ],
)
def test_parts_can_be_forced_by_name(names: str, forced: set[Part]) -> None:
    assert parts.forced(names) == forced


@pytest.mark.parametrize("name", ["docker-engine", "pulumi-cli"])
def test_a_part_that_cannot_be_forced_is_refused(name: str) -> None:
    with pytest.raises(SetupError, match=f"names '{name}'.*command-provider"):
        parts.forced(f"pulumi {name}")


def test_records_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    records = {Part.LANGUAGE_HOST: STAND_IN, Part.PULUMI: REAL}
    parts.save(tmp_path / "parts.json", records)
    assert parts.load(tmp_path / "parts.json") == records


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"pulumi": 1}', '{"pulumi": {}}', '{"gone": {"kind": "real", "where": ""}}'],
)
def test_a_record_that_cannot_be_read_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "parts.json").write_text(content)
    assert parts.load(tmp_path / "parts.json") == {}


def test_the_table_has_a_line_per_part_in_one_order() -> None:
    shown = parts.table({Part.LANGUAGE_HOST: STAND_IN, Part.PULUMI: REAL}).splitlines()
    assert [line.split("  ")[0] for line in shown] == [
        "part",
        "Pulumi engine and CLI",
        "Pulumi language host",
    ]
    assert "STAND-IN  /x/host" in shown[2]


def test_the_table_of_nothing_says_what_to_do() -> None:
    assert "airgap setup" in parts.table({})


def test_what_set_up_made_itself_is_not_taken_for_the_real_thing(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "theirs"
    for folder in (layout.bin, theirs):
        folder.mkdir(parents=True)
    (layout.bin / "pulumi").touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{layout.bin}:{theirs}")
    assert on_path("pulumi", layout) is None
    (theirs / "pulumi").touch(mode=0o755)
    assert on_path("pulumi", layout) == theirs / "pulumi"
