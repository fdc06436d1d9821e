"""Names and places of review environments: valid, and each branch's own."""

import ipaddress
import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components import checks
from components.checks import ArgumentError
from delivery.review_slots import Slots
from stacks import review_names
from tests.unit.review_backend import Backend

MANY = 10_000
PORTS = range(20_000, 30_000)
ADDRESSES = ipaddress.IPv4Network("10.64.0.0/13")
_LABEL = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")
_WORDS = st.sampled_from(
    ["fix", "Fix", "FIX", "a", "b", "1", "-", "/", ".", "_", "ü", "日本", "🐳"]
)
_BRANCHES = st.one_of(
    st.text(min_size=1, max_size=300),
    st.lists(_WORDS, min_size=1, max_size=12).map("".join),
    st.integers(0, 10**9).map(str),
)


def _assert_valid(branch: str) -> str:
    name = review_names.stack_name(branch)
    label = review_names.label(branch)
    assert name == f"review-{label}"
    assert _LABEL.fullmatch(label), label
    assert len(label) <= 40
    assert checks.host_name("alias", label) == label
    assert checks.name_prefix("prefix", f"reddit-{label}")
    return name


@pytest.fixture(scope="module")
def branches() -> list[str]:
    """10,000 branches of any shape."""
    found: dict[str, None] = {}

    @settings(
        max_examples=MANY // 2,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(_BRANCHES, min_size=4, max_size=12, unique=True))
    def collect(several: list[str]) -> None:
        found.update(dict.fromkeys(several))

    collect()
    assert len(found) >= MANY
    return list(found)[:MANY]


def test_ten_thousand_branches_have_valid_names_and_none_in_common(branches: list[str]) -> None:
    assert len({_assert_valid(branch) for branch in branches}) == MANY


def test_ten_thousand_branches_that_live_at_once_have_a_place_each(branches: list[str]) -> None:
    slots = Slots(Backend(), MANY)
    for branch in branches:
        slots.pulumi.answer("stack", "init", "--stack", review_names.stack_name(branch))
    taken = [slots.take(branch) for branch in branches]
    assert {PORTS[slot] for slot in taken} == set(PORTS)
    networks = [
        ipaddress.IPv4Network(text)
        for slot in taken
        for text in review_names.subnets(slot, ADDRESSES)
    ]
    assert all(each.subnet_of(ADDRESSES) for each in networks)
    assert not any(one.overlaps(other) for one, other in pairwise(sorted(networks)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fix", "fix"),
        ("a/b", "a-b"),
        ("ü", "u\u0308"),
        ("x" * 200, "x" * 201),
        ("---", "///"),
        ("日本", "本日"),
        ("a", "a "),
        ("\udcff", "\udcfe"),
    ],
)
def test_branches_that_look_alike_are_two(one: str, other: str) -> None:
    assert _assert_valid(one) != _assert_valid(other)


@pytest.mark.parametrize(
    ("branch", "slug"),
    [
        ("fix/login", "fix-login"),
        ("Feature/Größe", "feature-groe"),
        ("42-answers", "branch-42-answers"),
        ("//--", "branch"),
        ("日本", "branch"),
        ("a" * 200, "a" * 24),
        ("abcdefghijklmnopqrstuvw/xyz", "abcdefghijklmnopqrstuvw"),
    ],
)
def test_a_label_is_readable(branch: str, slug: str) -> None:
    assert re.fullmatch(rf"{slug}-[0-9a-f]{{12}}", review_names.label(branch))


def test_a_name_stays_what_it_was() -> None:
    # Another name for a branch would leave its environment behind, unknown to everybody.
    assert review_names.stack_name("fix/login") == "review-fix-login-5e870e243b80"
    assert review_names.preferred_slot("fix/login", MANY) == 2089


def test_slots_that_branches_prefer_are_spread(branches: list[str]) -> None:
    halves = [review_names.preferred_slot(branch, 2) for branch in branches]
    assert 0.45 < sum(halves) / MANY < 0.55


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("20000", "is not a range of ports; write one like 20000-29999"),
        ("a-b", "is not a range of ports"),
        ("20000-29999 ", "is not a range of ports"),
        ("0-10", "0 is not a whole number from 1 to 65535"),
        ("20000-70000", "70000 is not a whole number from 1 to 65535"),
        ("20001-20000", "ends before it begins"),
    ],
)
def test_ports_that_are_none_are_refused(value: str, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        review_names.ports("dockyard:reviewPorts", value)
    assert message in str(refusal.value)
    assert str(refusal.value).startswith("dockyard:reviewPorts: ")


def test_one_port_is_a_range() -> None:
    assert review_names.ports("ports", "20000-20000") == range(20_000, 20_001)


def test_the_networks_of_a_slot_hold_its_containers_and_are_its_own() -> None:
    assert review_names.subnets(0, ADDRESSES) == ["10.64.0.0/28", "10.64.0.16/28"]
    assert review_names.subnets(1, ADDRESSES) == ["10.64.0.32/28", "10.64.0.48/28"]
    assert review_names.addresses_needed(MANY) == MANY * 32
