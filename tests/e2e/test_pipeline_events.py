"""Which jobs a pipeline has, by what started it, as gitlab-ci-local reads .gitlab-ci.yml."""

import pytest

from tests.e2e.pipeline.local_pipeline import Event, LocalPipeline, merge_request, push, tag

_ALWAYS = {"lint": "on_success", "unit": "on_success", "test": "on_success"}
_BUILT = {**_ALWAYS, "build": "on_success"}
_REVIEWED = {**_BUILT, "review": "on_success", "stop_review": "manual"}
_RELEASED = {
    **_BUILT,
    "plan:staging": "on_success",
    "deploy:staging": "manual",
    "plan:production": "on_success",
    "deploy:production": "manual",
}
_WATCHED = {"drift": "on_success", "sweep": "on_success"}

_OPEN = {"CI_OPEN_MERGE_REQUESTS": "dockyard/app!1"}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> LocalPipeline:
    """The pipeline of a clone."""
    return LocalPipeline(tmp_path_factory.mktemp("events") / "clone")


@pytest.mark.parametrize(
    ("event", "jobs"),
    [
        pytest.param(push("main"), _BUILT, id="main"),
        pytest.param(push("feature/x"), _REVIEWED, id="branch"),
        pytest.param(push("1.2.3"), _REVIEWED, id="branch named like a release"),
        pytest.param(push("feature/x", **_OPEN), {}, id="branch with a merge request"),
        pytest.param(push("feature/x", CI_PIPELINE_SOURCE="web", **_OPEN), _REVIEWED, id="by hand"),
        pytest.param(
            merge_request("feature/x"), {**_REVIEWED, "preview": "on_success"}, id="merge request"
        ),
        pytest.param(merge_request("main", source_project="8"), _ALWAYS, id="fork"),
        pytest.param(tag("1.2.3"), _RELEASED, id="tag 1.2.3"),
        pytest.param(tag("v1.2.3"), _RELEASED, id="tag v1.2.3"),
        pytest.param(tag("v10.20.30"), _RELEASED, id="tag v10.20.30"),
        pytest.param(tag("v1.2.3-rc1"), {}, id="tag v1.2.3-rc1"),
        pytest.param(tag("v1.2"), {}, id="tag v1.2"),
        pytest.param(tag("xv1.2.3"), {}, id="tag xv1.2.3"),
        pytest.param(tag("v1.2.3.4"), {}, id="tag v1.2.3.4"),
        pytest.param(tag("v1x2x3"), {}, id="tag v1x2x3"),
        pytest.param(tag("latest"), {}, id="tag latest"),
        pytest.param(push("main", CI_PIPELINE_SOURCE="schedule"), _WATCHED, id="schedule"),
        pytest.param(
            push("main", CI_PIPELINE_SOURCE="schedule", **_OPEN),
            _WATCHED,
            id="schedule of a branch with a merge request",
        ),
    ],
)
def test_an_event_starts_exactly_these_jobs(
    pipeline: LocalPipeline, event: Event, jobs: dict[str, str]
) -> None:
    assert pipeline.jobs(event) == jobs
