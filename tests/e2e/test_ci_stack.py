"""The stack with GitLab as a plan, before anything of it exists."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
import yaml

from tests.e2e.conftest import MakeStack
from tests.e2e.stack import REPOSITORY, Stack, texts_of

SHIPPED = yaml.safe_load((REPOSITORY / "Pulumi.ci.yaml").read_text())["config"]
CONFIG = {key.partition(":")[2]: value for key, value in SHIPPED.items()}
FREE = {"gitlabUrl": "http://gitlab.localhost:19729", "gitlabSshPort": 19722}


@pytest.fixture
def ci(make_stack: MakeStack) -> Iterator[Stack]:
    """The shipped stack. It is only ever planned."""
    stack = make_stack("ci-plan-e2e", healthIntervalSeconds=None, **CONFIG, **FREE)
    yield stack
    stack.forget()


def test_before_gitlab_exists_the_whole_stack_is_planned(ci: Stack) -> None:
    plan = ci.plan()
    kinds = Counter(each["urn"].split("::")[2].rpartition("$")[2] for each in plan["steps"])
    assert kinds["docker:index/container:Container"] == 1 + int(CONFIG["runnerCount"])
    assert kinds["gitlab:index/project:Project"] == 1
    assert kinds["gitlab:index/userRunner:UserRunner"] == 1
    assert plan["changeSummary"] == {"create": sum(kinds.values())}
    texts = list(texts_of(plan["steps"]))
    assert len(texts) > 200
    assert [each for each in texts if re.search(r"\bNone\b", each)] == []


def test_the_policies_let_it_through(ci: Stack) -> None:
    run = ci.preview("--policy-pack", str(REPOSITORY / "policies"))
    assert "✅ dockyard@" in run.output
