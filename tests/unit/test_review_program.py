"""The program of a review environment: the application at a place of its own."""

from typing import Any

import pulumi
import pytest
import yaml

import stacks
from components.checks import ArgumentError
from stacks import review_names, review_settings
from tests.unit.hosts import HOST_KEY
from tests.unit.project import configure
from tests.unit.recorder import CONTAINER, NETWORK, Deploy, Engine
from tests.unit.test_stacks import ROOT

SHIPPED = yaml.safe_load((ROOT / "Pulumi.review.yaml").read_text())["config"]
REVIEW: dict[str, Any] = {key.partition(":")[2]: value for key, value in SHIPPED.items()}
BRANCH = "feature/Grüße"
STACK = review_names.stack_name(BRANCH)
LABEL = review_names.label(BRANCH)


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the program tells people."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", found.__setitem__)
    return found


def _load(stack: str = STACK, **changes: Any) -> review_settings.ReviewSettings:
    configure(**{**REVIEW, "reviewBranch": BRANCH, **changes})
    return review_settings.load(pulumi.Config("dockyard"), stack)


def test_a_review_environment_is_the_application_under_its_branchs_name(
    deploy: Deploy, engine: Engine
) -> None:
    configure(**REVIEW, reviewBranch=BRANCH, reviewSlot=7)
    deploy(lambda: stacks.run(STACK))
    assert sorted(each.inputs["name"] for each in engine.of_type(CONTAINER).values()) == [
        f"reddit-{LABEL}-{role}" for role in ("comment", "database", "post", "ui")
    ]
    subnets = {
        name: each.inputs["ipamConfigs"][0]["subnet"]
        for name, each in engine.of_type(NETWORK).items()
    }
    assert subnets == {"networks-front": "10.64.0.224/28", "networks-back": "10.64.0.240/28"}
    assert engine["reddit-ui"].inputs["ports"][0]["external"] == 20_007
    assert not engine["reddit-data"].request.retainOnDelete
    assert not engine["reddit-data"].request.protect


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "http://127.0.0.1:20007"),
        ({"reviewDomain": "localhost"}, f"http://{LABEL}.localhost:20007"),
        ({"reviewDomain": "review.example.com"}, f"http://{LABEL}.review.example.com:20007"),
        (
            {
                "uiBindAddress": "0.0.0.0",  # noqa: S104
                "sshHosts": [{"address": "ssh://deploy@198.51.100.11", "hostKeys": [HOST_KEY]}],
            },
            "http://198.51.100.11:20007",
        ),
    ],
)
def test_it_says_where_its_page_is(
    deploy: Deploy,
    engine: Engine,
    value: Any,
    exported: dict[str, Any],
    changes: dict[str, Any],
    url: str,
) -> None:
    configure(**REVIEW, reviewBranch=BRANCH, reviewSlot=7, **changes)
    deploy(lambda: stacks.run(STACK))
    assert value(exported["url"]) == url
    assert (exported["branch"], exported["slot"]) == (BRANCH, 7)
    assert set(exported) == {
        "url",
        "branch",
        "slot",
        "dockerHost",
        "containers",
        "volume",
        "recovery",
    }


@pytest.mark.parametrize(
    ("stack", "branch", "belongs"),
    [
        (STACK, "another", review_names.stack_name("another")),
        (STACK, "", "review"),
        ("review-mine", "", "review"),
        ("review", BRANCH, STACK),
        (review_names.stack_name("feature/grüße"), BRANCH, STACK),
    ],
)
def test_a_stack_is_one_branchs_alone(
    deploy: Deploy, engine: Engine, stack: str, branch: str, belongs: str
) -> None:
    configure(**REVIEW, reviewBranch=branch)
    with pytest.raises(pulumi.RunError) as refusal:
        deploy(lambda: stacks.run(stack))
    message = str(refusal.value)
    assert message.startswith(f"dockyard:reviewBranch: {branch!r} belongs to the stack {belongs}, ")
    assert f"this one is {stack}" in message
    assert engine.registrations == []


def test_the_stack_without_a_branch_stands_for_any(deploy: Deploy, engine: Engine) -> None:
    configure(**REVIEW)
    deploy(lambda: stacks.run("review"))
    assert len(engine.of_type(CONTAINER)) == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"uiPort": 8080}, "'dockyard:uiPort' says nothing to this kind of stack"),
        ({"frontSubnet": "10.9.0.0/24"}, "'dockyard:frontSubnet' says nothing to this kind"),
        ({"backSubnet": "10.9.0.0/24"}, "'dockyard:backSubnet' says nothing to this kind"),
        ({"reviewSlot": -1}, "dockyard:reviewSlot: -1 is not a whole number from 0 to 9999"),
        ({"reviewSlot": 10_000}, "dockyard:reviewSlot: 10000 is not a whole number from 0 to 9999"),
        ({"reviewPorts": "9"}, "dockyard:reviewPorts: '9' is not a range of ports"),
        (
            {"reviewRange": "10.64.0.0/14"},
            "dockyard:reviewRange: '10.64.0.0/14' has no two networks for each of the 10000 ports "
            "of dockyard:reviewPorts; take a range of /13, or fewer ports",
        ),
        ({"reviewRange": "10.64.0.1/13"}, "dockyard:reviewRange: '10.64.0.1/13' is not an IPv4"),
        ({"reviewRange": "127.0.0.0/8"}, "dockyard:reviewRange: '127.0.0.0/8' reaches into"),
        (
            {"avoidRanges": ["10.71.255.0/24"]},
            "dockyard:reviewRange: '10.64.0.0/13' overlaps 10.71.255.0/24",
        ),
        (
            {
                "sshHosts": [{"address": "ssh://deploy@198.51.100.11", "hostKeys": [HOST_KEY]}],
                "sshSetUpEngine": True,
                "engineAddressPool": "10.71.0.0/16",
            },
            "dockyard:engineAddressPool: '10.71.0.0/16' overlaps 10.64.0.0/13",
        ),
        ({"reviewDomain": "a..b"}, "dockyard:reviewDomain: 'a..b' is not a domain"),
        ({"reviewDomain": "http://x"}, "dockyard:reviewDomain: 'http://x' is not a domain"),
        (
            {"reviewDomain": ".".join(["a" * 60] * 4)},
            "makes names of more than 253 characters; take a shorter one",
        ),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_key(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        _load(**changes)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_range_that_is_just_large_enough_will_do() -> None:
    settings = _load(reviewPorts="20000-20003", reviewRange="10.64.0.0/25", reviewSlot=3)
    assert settings.application.ui_port == 20_003
    assert settings.application.back_subnet == "10.64.0.112/28"


@pytest.mark.parametrize("branch", ["true", "42", "[1]", '{"a": 1}', "null", "a: b", "'"])
def test_a_branch_is_a_text_whatever_it_looks_like(branch: str) -> None:
    assert _load(review_names.stack_name(branch), reviewBranch=branch).branch == branch


def test_other_kinds_of_stacks_have_no_branch(deploy: Deploy, engine: Engine) -> None:
    configure(reviewBranch=BRANCH)
    with pytest.raises(pulumi.RunError, match="'dockyard:reviewBranch' says nothing to this kind"):
        deploy(lambda: stacks.run("dev"))
