"""A clone of this repository, whose pipeline gitlab-ci-local reads and runs."""

import base64
import json
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from airgap.gitlab_ci_local import GitlabCiLocal
from airgap.layout import Layout
from tests.pipeline_definition import definition
from tests.repositories import git

REPOSITORY = Path(__file__).parents[3]
_PROGRAM = GitlabCiLocal(Layout(REPOSITORY)).program
_GATE = "does-the-pipeline-exist"
_GATED = "gated.yml"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_RUN_SECONDS = 600
_STOP_SECONDS = 60


@dataclass(frozen=True)
class Event:
    """What starts a pipeline, as GitLab's predefined variables tell it.

    Args:
        variables: those that are set for it.
        unset: those that are not, and that gitlab-ci-local sets for every pipeline.
    """

    variables: Mapping[str, str]
    unset: tuple[str, ...] = ()


def push(branch: str, **more: str) -> Event:
    """Return a push to a branch, with further variables."""
    return Event({"CI_COMMIT_BRANCH": branch, "CI_COMMIT_REF_NAME": branch, **more})


def tag(name: str) -> Event:
    """Return a push of a tag."""
    return Event({"CI_COMMIT_TAG": name, "CI_COMMIT_REF_NAME": name}, ("CI_COMMIT_BRANCH",))


def merge_request(branch: str, *, source_project: str = "7") -> Event:
    """Return a push to a merge request's branch, of project 7 or of a fork."""
    return Event(
        {
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_COMMIT_REF_NAME": branch,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch,
            "CI_MERGE_REQUEST_PROJECT_ID": "7",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source_project,
            "CI_OPEN_MERGE_REQUESTS": "dockyard/app!1",
        },
        ("CI_COMMIT_BRANCH",),
    )


@dataclass(frozen=True)
class Job:
    """How a job ended.

    Args:
        code: the exit code of gitlab-ci-local.
        output: everything that it and the job said.
    """

    code: int
    output: str


class LocalPipeline:
    """The pipeline of a clone.

    Args:
        folder: where the clone goes; it must not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        if not _PROGRAM.exists():
            raise RuntimeError(
                f"{_PROGRAM} is missing; 'python3 -m airgap test-tools' installs what tests need"
            )
        self.folder = folder
        _copy_working_tree(folder)
        self.commit()
        self.definition = definition(folder)

    def jobs(self, event: Event) -> dict[str, str]:
        """Return the jobs of an event's pipeline, by name, and when each runs."""
        # gitlab-ci-local ignores workflow: its rules are asked as those of one more job.
        gate = {_GATE: {"script": ["true"], "rules": self.definition["workflow"]["rules"]}}
        text = (self.folder / ".gitlab-ci.yml").read_text()
        (self.folder / _GATED).write_text(f"{text}\n{yaml.safe_dump(gate)}")
        said = self._gitlab_ci_local("--file", _GATED, "--list-json", *_words(event)).stdout
        # Warnings come first.
        listed = json.loads(said[said.index("[\n  {") :])
        found = {each["name"]: each["when"] for each in listed if each["when"] != "never"}
        return found if found.pop(_GATE, "") else {}

    def run(self, *jobs: str, event: Event, options: Sequence[str] = (), check: bool = True) -> Job:
        """Run jobs, without those that they need."""
        done = self._gitlab_ci_local(*jobs, *_words(event), *options, check=False)
        job = Job(done.returncode, _ANSI.sub("", done.stdout + done.stderr))
        assert not check or job.code == 0, job.output
        return job

    def artifacts(self, job: str) -> Path:
        """Return where a job's artifacts are."""
        # gitlab-ci-local's own way to make a name fit for a folder.
        folder = re.sub(r"[^\w-]+", lambda found: _encoded(found[0]), job)
        return self.folder / ".gitlab-ci-local" / "artifacts" / folder

    def commit(self) -> None:
        """Commit everything."""
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message", "What there is")

    def _gitlab_ci_local(
        self, *arguments: str, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        command = [str(_PROGRAM), "--home", str(self.folder.parent), *arguments]
        with subprocess.Popen(  # noqa: S603 - installed by set-up
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                said, complained = process.communicate(timeout=_RUN_SECONDS)
            except BaseException:
                # It then removes its containers, networks and volumes.
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=_STOP_SECONDS)
                raise
        assert not check or process.returncode == 0, said + complained
        return subprocess.CompletedProcess(command, process.returncode, said, complained)


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _words(event: Event) -> list[str]:
    words = [word for pair in event.variables.items() for word in ("--variable", "=".join(pair))]
    return [*words, *(word for name in event.unset for word in ("--unset-variable", name))]


def _copy_working_tree(folder: Path) -> None:
    names = git(REPOSITORY, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, names.split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "remote", "add", "origin", "https://gitlab.example.org/dockyard/app.git")
    # What gitlab-ci-local asks for: the default branch, as a clone knows it.
    git(folder, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
