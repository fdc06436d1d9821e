"""Exceptions: data with a reason, in force until their day, and no longer than they are needed."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from policies import exceptions, pack
from policies.exceptions import Exceptions, read
from tests.policies.judge import judge
from tests.policies.samples import container

_TODAY = date(2030, 6, 15)
_NAMES = {"docker-not-privileged", "docker-memory-limit"}
_PRIVILEGED = container(privileged=True)


def _read(**changes: object) -> Exceptions:
    entry = {
        "policy": "docker-not-privileged",
        "resource": "docker:index/container:Container::it",
        "reason": "It builds images.",
        **changes,
    }
    kept = {key: value for key, value in entry.items() if value is not None}
    return read(yaml.safe_dump([kept]), _NAMES, _TODAY)


@pytest.mark.parametrize(
    "resource",
    [
        "docker:index/container:Container::it",
        "docker:index/container:*::i*",
        "urn:pulumi:dev::dockyard::docker:index/container:Container::it",
        "urn:pulumi:*::*::it",
    ],
)
def test_an_exception_lets_a_resource_break_the_policy(resource: str) -> None:
    assert judge(_PRIVILEGED, exceptions=_read(resource=resource)) == {}


@pytest.mark.parametrize(
    "resource",
    [
        "docker:index/container:Container::other",
        "it",
        "urn:pulumi:prod::dockyard::docker:index/container:Container::it",
    ],
)
def test_an_exception_for_another_resource_changes_nothing(resource: str) -> None:
    verdict = judge(_PRIVILEGED, exceptions=_read(resource=resource))

    assert "docker-not-privileged" in verdict


def test_an_exception_covers_its_own_policy_alone() -> None:
    verdict = judge(container(privileged=True, memory=None), exceptions=_read())

    assert verdict.keys() == {"docker-memory-limit"}


def test_an_exception_holds_on_its_last_day() -> None:
    assert judge(_PRIVILEGED, exceptions=_read(expires=_TODAY)) == {}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"reason": None}, ".reason: None is no text"),
        ({"reason": "  "}, ".reason: '  ' is no text"),
        ({"resource": None}, ".resource: None is no text"),
        ({"policy": "docker-privileged"}, ".policy: 'docker-privileged' is no policy"),
        ({"expires": date(2030, 6, 14)}, ".expires: 2030-06-14 has passed"),
        ({"expires": "soon"}, ".expires: 'soon' is no day"),
        ({"because": "I can"}, ".because: is an unknown key"),
    ],
)
def test_an_exception_that_is_not_right_is_an_error_and_not_in_force(
    changes: dict[str, object], problem: str
) -> None:
    verdict = judge(_PRIVILEGED, exceptions=_read(**changes))

    (message,) = verdict["exceptions-valid"]
    assert message.startswith(f"exceptions.yaml[0]{problem}")
    assert "docker-not-privileged" in verdict


@pytest.mark.parametrize("text", ["a: [", "policy: docker-memory-limit", "- just text"])
def test_a_file_that_is_no_list_of_exceptions_is_an_error(text: str) -> None:
    verdict = judge(container(), exceptions=read(text, _NAMES, _TODAY))

    assert len(verdict["exceptions-valid"]) == 1


@pytest.mark.parametrize(
    "resource",
    [
        "docker:index/container:Container::it",
        "urn:pulumi:dev::dockyard::docker:index/container:Container::gone",
    ],
)
def test_an_exception_that_this_stack_does_not_need_is_reported(resource: str) -> None:
    verdict = judge(container(), exceptions=_read(resource=resource))

    (message,) = verdict["exceptions-needed"]
    assert message.startswith(f"exceptions.yaml[0]: '{resource}'")


@pytest.mark.parametrize(
    "resource",
    [
        "docker:index/container:Container::of-another-stack",
        "urn:pulumi:prod::dockyard::docker:index/container:Container::it",
    ],
)
def test_an_exception_for_another_stack_is_left_alone(resource: str) -> None:
    assert judge(container(), exceptions=_read(resource=resource)) == {}


def test_the_recorded_exceptions_are_right() -> None:
    file = Path(exceptions.__file__).with_name("exceptions.yaml")
    names = {rule.name for rule in (*pack.RULES, *pack.STACK_RULES)}

    assert read(file.read_text(), names, date.min).problems == ()


def test_the_example_beside_them_is_right() -> None:
    file = Path(exceptions.__file__).with_name("exceptions.yaml")
    example = "\n".join(
        line.removeprefix("# ")
        for line in file.read_text().splitlines()
        if line.startswith(("# -", "#   "))
    )
    names = {rule.name for rule in (*pack.RULES, *pack.STACK_RULES)}

    assert yaml.safe_load(example)
    assert read(example, names, _TODAY).problems == ()
