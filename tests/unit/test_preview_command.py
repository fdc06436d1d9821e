"""``python -m delivery preview`` around the previews: what is asked, shown, written, and exited."""

import json
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import images
from delivery import branches, review_stack
from delivery.__main__ import main
from delivery.preview.markdown import MARKER
from delivery.preview.model import Change, Diagnostic, Operation, StackPreview
from delivery.preview.run import Previewer, Target
from delivery.pulumi import REPOSITORY, Pulumi
from tests.gitlab_api.notes import NotesApi, Trouble

TOKEN = "glpat-a-token-of-the-tests"  # noqa: S105 - opens nothing
CHANGED = StackPreview(
    stack="dev",
    changes=[Change(operation=Operation.UPDATE, urn="urn:x::ui", type="docker:X", name="ui")],
)
SAME = StackPreview(stack="ci", unchanged=3)
FAILED = StackPreview(
    stack="prod", failed=True, diagnostics=[Diagnostic(severity="error", message="it broke")]
)
FILES = ["preview.json", "preview.md", "preview.txt", "terraform.json"]


class Stage:
    """Previews without Pulumi: what they show, and what was asked of them."""

    def __init__(self) -> None:
        self.previews: Sequence[StackPreview] = [CHANGED]
        self.previewers: list[Previewer] = []
        self.asked: list[str] = []
        self.configs: dict[str, dict[str, Any]] = {}

    def run(self, previewer: Previewer, asked: Sequence[Target]) -> list[StackPreview]:
        """Show what is to be shown."""
        self.previewers.append(previewer)
        for target in asked:
            self.asked.append(target.name)
            stack, config = target.prepare()
            self.configs[stack] = yaml.safe_load(config.read_text())["config"]
        return list(self.previews)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The stage, in no pipeline."""
    for name in os.environ:
        if name.startswith(("CI_", "DOCKYARD_")):
            monkeypatch.delenv(name)
    made = Stage()

    def run(self: Previewer, asked: Sequence[Target]) -> list[StackPreview]:
        return made.run(self, asked)

    monkeypatch.setattr(Previewer, "run", run)
    monkeypatch.setattr(Pulumi, "stacks", lambda _: [])
    monkeypatch.setattr(review_stack, "composed", _composed)
    return made


def _composed(
    root: Path, pulumi: Pulumi, branch: str, folder: Path, known: object
) -> tuple[str, Path]:
    assert root == pulumi.root == REPOSITORY
    file = folder / f"Pulumi.review-{branch}.yaml"
    file.write_text(yaml.safe_dump({"config": {"dockyard:reviewBranch": branch}}))
    return f"review-{branch}", file


@pytest.fixture
def gitlab(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotesApi]:
    """A GitLab whose merge request's pipeline this is."""
    assert stage
    api = NotesApi(users={TOKEN: 5}, notes={(42, 7): []})
    with api.serving():
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setenv("CI_API_V4_URL", f"{api.url}/api/v4")
        monkeypatch.setenv("CI_MERGE_REQUEST_PROJECT_ID", "42")
        monkeypatch.setenv("CI_MERGE_REQUEST_IID", "7")
        monkeypatch.setenv("DOCKYARD_NOTE_TOKEN", TOKEN)
        yield api


def _run(*arguments: str) -> int:
    return main(["preview", *arguments])


@pytest.mark.parametrize(
    ("previews", "arguments", "code"),
    [
        ([SAME], [], 0),
        ([CHANGED, SAME], [], 0),
        ([CHANGED, FAILED], [], 1),
        ([SAME], ["--expect-no-changes"], 0),
        ([SAME, CHANGED], ["--expect-no-changes"], 1),
    ],
)
def test_the_exit_code_says_how_it_went(
    stage: Stage, previews: Sequence[StackPreview], arguments: list[str], code: int
) -> None:
    stage.previews = previews
    assert _run("--stack", "dev", *arguments) == code


def test_an_interrupted_command_says_so_without_a_traceback(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: Previewer, __: Sequence[Target]) -> list[StackPreview]:
        raise KeyboardInterrupt

    assert stage
    monkeypatch.setattr(Previewer, "run", interrupted)
    assert _run("--stack", "dev") == 130
    assert capsys.readouterr().err == "error: interrupted\n"


def test_what_has_drifted_is_named(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.previews = [CHANGED, SAME]
    _run("--stack", "dev", "--expect-no-changes", "--refresh")
    said = capsys.readouterr()
    assert said.err.startswith("error: dev differs from what is deployed; ")
    assert "ci differs" not in said.err
    assert stage.previewers[0].refresh


def test_all_stacks_with_a_configuration_are_previewed_unless_some_are_named(
    stage: Stage,
) -> None:
    shipped = {file.name.split(".")[1] for file in REPOSITORY.glob("Pulumi.*.yaml")}
    assert {"ci", "dev", "prod", "review"} <= shipped
    _run("--branch", "b")
    assert set(stage.asked) == shipped
    assert set(stage.configs) == shipped - {"review"} | {"review-b"}
    stage.asked.clear()
    _run("--stack", "prod", "--stack", "dev", "--stack", "prod")
    assert stage.asked == ["prod", "dev"]


def test_on_a_commit_of_no_branch_the_review_stack_stands_for_any(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "chosen_if_any", lambda *_: None)
    assert _run("--stack", "review") == 0
    assert list(stage.configs) == ["review"]


def test_an_unknown_stack_is_misuse_that_lists_the_known(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("--stack", "dev", "--stack", "pord") == 2
    assert "--stack pord: there is no such stack, only ci, dev, prod" in capsys.readouterr().err
    assert stage.previewers == []


def test_the_images_of_a_build_go_to_all_stacks_with_the_application(
    stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "images.json"
    built = {name: f"registry/{name}@sha256:{'0' * 64}" for name in images.DEPLOYED}
    file.write_text(json.dumps(built))
    _run("--branch", "b", "--images", str(file))
    for stack in ("dev", "prod", "review-b"):
        assert stage.configs[stack]["dockyard:uiImage"] == built["ui"]
        assert stage.configs[stack]["dockyard:commentImage"] == built["comment"]
    assert stage.configs["review-b"]["dockyard:reviewBranch"] == "b"
    assert "dockyard:uiImage" not in stage.configs["ci"]
    assert stage.configs["ci"]["dockyard:protectData"] == "true"


def test_missing_images_are_misuse_before_anything_runs(stage: Stage, tmp_path: Path) -> None:
    assert _run("--stack", "dev", "--images", str(tmp_path / "missing.json")) == 2
    assert stage.previewers == []


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "nan", "soon"])
def test_a_time_that_never_ends_is_misuse(stage: Stage, seconds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        _run("--timeout-seconds", seconds)
    assert ended.value.code == 2
    assert stage.previewers == []


@pytest.mark.parametrize(
    ("arguments", "environment", "is_coloured"),
    [
        ([], {}, False),
        (["--colour", "never"], {}, False),
        (["--colour", "always"], {"NO_COLOR": "1"}, True),
    ],
)
def test_the_report_has_colours_as_asked(
    stage: Stage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: dict[str, str],
    *,
    is_coloured: bool,
) -> None:
    assert stage
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    _run("--stack", "dev", *arguments)
    assert ("\x1b[" in capsys.readouterr().out) == is_coloured


@pytest.mark.parametrize(("environment", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_unless_it_wants_none(
    stage: Stage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    *,
    is_coloured: bool,
) -> None:
    assert stage
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _run("--stack", "dev")
    assert ("\x1b[" in capsys.readouterr().out) == is_coloured


def test_the_reports_are_written_for_everybody_to_read(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new" / "reports"
    stage.previews = [CHANGED, FAILED]
    for _ in range(2):
        assert _run("--stack", "dev", "--colour", "always", "--output", str(output)) == 1
        assert sorted(file.name for file in output.iterdir()) == FILES
    assert {stat.S_IMODE(file.stat().st_mode) for file in output.iterdir()} == {0o644}
    assert json.loads((output / "terraform.json").read_text())["update"] == 1
    assert [each["stack"] for each in json.loads((output / "preview.json").read_text())["stacks"]]
    assert (output / "preview.md").read_text().startswith(MARKER)
    plain = (output / "preview.txt").read_text()
    assert "\x1b[" not in plain
    assert "it broke" in plain
    assert "\x1b[" in capsys.readouterr().out


def test_a_folder_that_can_not_be_written_is_one_line(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stage
    (tmp_path / "file").touch()
    assert _run("--stack", "dev", "--output", str(tmp_path / "file" / "reports")) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"error: --output {tmp_path}/file/reports: Not a directory; ")
    assert "dev" in said.out


def test_the_note_is_written_once_and_says_what_the_file_says(
    stage: Stage, gitlab: NotesApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_JOB_URL", "https://gitlab.example/jobs/1")
    monkeypatch.setenv("CI_COMMIT_SHA", "a" * 40)
    monkeypatch.setenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "")
    assert _run("--stack", "dev", "--note", "--output", str(tmp_path)) == 0
    (first,) = gitlab.notes[42, 7]
    assert first["body"] == (tmp_path / "preview.md").read_text().strip()
    assert "https://gitlab.example/jobs/1" in first["body"]
    assert "a" * 12 in first["body"]
    # A merged result's pipeline runs on a commit that nobody pushed.
    monkeypatch.setenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "b" * 40)
    stage.previews = [FAILED]
    assert _run("--stack", "dev", "--note") == 1
    (second,) = gitlab.notes[42, 7]
    assert second["id"] == first["id"]
    assert "it broke" in second["body"]
    assert "b" * 12 in second["body"]
    assert "a" * 12 not in second["body"]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_a_note_that_can_not_be_written_fails_after_the_reports(
    gitlab: NotesApi,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    gitlab.always = Trouble(status)
    assert _run("--stack", "dev", "--note", "--output", str(tmp_path)) == 1
    said = capsys.readouterr()
    assert said.err.count("error: ") == said.err.count("\n") == 1
    assert f"({status})" in said.err
    assert sorted(file.name for file in tmp_path.iterdir()) == FILES
    assert "dev" in said.out
    assert TOKEN not in said.out + said.err


def test_a_gitlab_that_does_not_answer_in_time_fails_the_same_way(
    gitlab: NotesApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.preview.note._TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr("delivery.preview.note._FIRST_PAUSE_SECONDS", 0.001)
    gitlab.always = Trouble(0)
    assert _run("--stack", "dev", "--note") == 1
    said = capsys.readouterr().err
    gitlab.over.set()
    assert "GitLab doesn't answer in time" in said
    assert said.count("\n") == 1


def test_drift_and_a_lost_note_are_both_told(
    gitlab: NotesApi, capsys: pytest.CaptureFixture[str]
) -> None:
    gitlab.always = Trouble(403)
    assert _run("--stack", "dev", "--note", "--expect-no-changes") == 1
    said = capsys.readouterr().err
    assert "error: the note of !7" in said
    assert "error: dev differs" in said


def test_without_note_no_gitlab_is_asked(gitlab: NotesApi) -> None:
    _run("--stack", "dev")
    assert gitlab.asked == []


def test_a_note_outside_of_a_merge_request_is_misuse_before_anything_runs(
    stage: Stage, gitlab: NotesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI_MERGE_REQUEST_IID")
    assert _run("--stack", "dev", "--note") == 2
    assert stage.previewers == []
    assert gitlab.asked == []
