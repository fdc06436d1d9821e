"""The note: what it says, that it stays within its size, and that nobody else speaks in it."""

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from delivery.preview import markdown
from delivery.preview.model import Diagnostic, Operation, StackPreview, Violation
from delivery.preview.plain_text import without_escapes
from delivery.preview.redaction import Redactor
from tests.unit import preview_examples as examples
from tests.unit.preview_examples import change, difference, recorded, saying
from tests.unit.rendered_markdown import Page

_HOSTILE = (
    "</details>", "</code>", "</summary>", "<script>alert(1)</script>", "<!--", "-->", "`", "```",
    "````", "~~~", "\n", "\n\n", "\r", "\u2028", "/approve", " /merge", "\n/close\n", "@all",
    "#1", "!2", "~bug", "%1", "&3", "$4", ":smile:", "[[_TOC_]]", "[a](http://example.com)",
    "![a](http://example.com/a.png)", "http://example.com", "a@example.com", "|", "\\", "\\|",
    "*", "_", "**", "# ", "> ", "- ", "+ ", "1. ", "    ", "\t", "&lt;", "&#96;", "\x1b[31m",
    "\u202e", "\u200b", "\x00", "\ud800", "{+ +}", "$`x`$", "---", "===", "x",
)  # fmt: skip
_TEXTS = st.one_of(
    st.text(min_size=1, max_size=60),
    st.lists(st.sampled_from(_HOSTILE), min_size=1, max_size=12).map("".join),
)


def _note(*previews: StackPreview, limit_bytes: int = 100_000, **about: str) -> str:
    return markdown.render(previews, redact=examples.NO_SECRETS, limit_bytes=limit_bytes, **about)


@pytest.mark.parametrize(
    "previews",
    [
        pytest.param(lambda: [recorded("no_changes")], id="no_changes"),
        pytest.param(lambda: [recorded("create", is_new=True)], id="create"),
        pytest.param(lambda: [recorded("update")], id="update"),
        pytest.param(lambda: [recorded("container")], id="container"),
        pytest.param(lambda: [recorded("volume")], id="volume"),
        pytest.param(lambda: [recorded("failed"), recorded("update", "prod")], id="failed"),
        pytest.param(lambda: [recorded("policies", "prod", is_new=True)], id="policies"),
        pytest.param(lambda: [recorded("refused")], id="refused"),
        pytest.param(lambda: [recorded("forget")], id="forget"),
        pytest.param(lambda: [recorded("secrets")], id="secrets"),
        pytest.param(lambda: [examples.many(400)], id="many"),
        pytest.param(lambda: [saying("".join(_HOSTILE))], id="hostile"),
        pytest.param(examples.of_a_merge_request, id="merge_request"),
    ],
)
def test_the_note_is_the_golden_one(
    previews: Callable[[], list[StackPreview]], request: pytest.FixtureRequest
) -> None:
    about = {"job_url": "https://gitlab.example.com/a/b/-/jobs/1", "commit": "8badf00d"}
    note = _note(*previews(), limit_bytes=30_000, **about)
    assert len(note.encode()) <= 30_000
    examples.assert_golden(f"{request.node.callspec.id}.md", note)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example("a|b")
@example("a `` b ``` `")
@given(_TEXTS)
def test_what_others_say_is_only_ever_code(text: str) -> None:
    # Who says nothing isn't quoted.
    assume(without_escapes(text))
    page, plain = Page(_note(saying(text), commit=text)), Page(_note(saying("x"), commit="x"))
    assert page.problems == []
    # Nothing but code differs from a note that nobody could object to.
    assert page.tags == plain.tags
    assert page.prose == plain.prose
    assert page.comments == plain.comments == [" dockyard-preview "]


@settings(deadline=None)
@example("/approve")
@example("a\n/approve")
@given(_TEXTS)
def test_no_line_is_a_quick_action_and_no_character_is_unseen(text: str) -> None:
    note = _note(saying(text), commit=text, job_url=text)
    assert [line for line in note.splitlines() if line.startswith("/")] == []
    assert [each for each in note if not each.isprintable() and each not in "\n\t"] == []


@settings(deadline=None, max_examples=40)
@given(
    st.lists(_TEXTS, max_size=4),
    st.integers(0, 400),
    st.integers(1, 30),
    st.integers(markdown.LEAST_BYTES, 60_000),
)
def test_the_note_keeps_to_its_size(
    texts: list[str], changes: int, times: int, limit_bytes: int
) -> None:
    previews = [saying(text * times) for text in texts] + [examples.many(changes)]
    assert len(_note(*previews, limit_bytes=limit_bytes).encode()) <= limit_bytes


@pytest.mark.parametrize("wide", ["\N{PILE OF POO}", "&", "'", "`", "\u202e", "ß", "/\n"])
@pytest.mark.parametrize("stacks", [1, 40, 600])
def test_long_texts_of_wide_characters_keep_to_its_size(wide: str, stacks: int) -> None:
    note = _note(*[saying(wide * 5_000)] * stacks, limit_bytes=markdown.LEAST_BYTES)
    assert len(note.encode()) <= markdown.LEAST_BYTES
    assert Page(note).problems == []


def test_a_summary_is_kept_of_ten_thousand_losses() -> None:
    lost = examples.many(10_000, kind="docker:index/volume:Volume")
    failed = recorded("failed", "zzz")
    quiet = [recorded("no_changes", f"quiet-{index}") for index in range(20)]
    note = _note(*quiet, lost, failed)
    assert len(note.encode()) <= 100_000
    assert note.startswith(f"{markdown.MARKER}\n\n## Preview of 22 stacks: 1 fails, 1 loses data")
    assert "| `dev` | 0 | 0 | 10000 | 0 | 7 | ⚠ loses data |" in note
    assert "| `zzz` | 0 | 0 | 0 | 0 | 1 | ✗ failed |" in note
    told = note.count("what it holds is lost")
    assert told > 100
    assert f"*For its size, {10_000 - told} more are left out: see the job's artifacts.*" in note
    assert "not a whole number from 1 to 65535" in note
    assert f"{10_000 - note.count('- replace ') - note.count('<summary>replace ')} more" in note


def test_failing_stacks_are_kept_of_too_many() -> None:
    stacks = [StackPreview(stack=f"quiet-{'x' * 100}-{index}") for index in range(300)]
    broken = StackPreview(stack="broken", failed=True)
    note = _note(*stacks, broken, limit_bytes=markdown.LEAST_BYTES)
    assert "| `broken` | 0 | 0 | 0 | 0 | 0 | ✗ failed |" in note
    shown = note.count("| `quiet-")
    assert 0 < shown < 300
    assert f"{300 - shown} more are left out" in note


def test_all_are_named_before_any_is_shown_in_full() -> None:
    note = _note(examples.many(400), limit_bytes=40_000)
    in_full, in_short = note.count("<summary>replace "), note.count("- replace ")
    assert in_full + in_short == 400
    assert in_full > 10
    assert f"{in_short} are shown without their properties" in note


def test_stacks_share_the_space_for_their_changes() -> None:
    note = _note(examples.many(400), recorded("update", "prod"), limit_bytes=30_000)
    assert note.count("<summary>update ") == 3


def test_stacks_without_space_for_their_changes_are_counted() -> None:
    stacks = [recorded("update", f"review-{index}") for index in range(30)]
    note = _note(*stacks, limit_bytes=markdown.LEAST_BYTES)
    detailed = note.count("<summary><code>review-")
    assert 0 < detailed < 30
    assert note.endswith(
        f"*For its size, {30 - detailed} more are left out: see the job's artifacts.*\n"
    )


def test_a_limit_without_place_for_the_summary_is_refused() -> None:
    with pytest.raises(ValueError, match="limit_bytes: 9999 is too few"):
        _note(limit_bytes=9_999)


def test_the_worst_comes_first() -> None:
    note = _note(*examples.of_a_merge_request())
    order = [
        markdown.MARKER, "## Preview", "| Stack |", "### Data", "### Errors", "### Changes",
        "<code>dev</code>", "<code>review-new-login</code>", "<code>staging</code>",
    ]  # fmt: skip
    places = [note.index(each) for each in order]
    assert places == sorted(places)


def test_changes_come_with_the_weightiest_first_and_in_an_order_of_their_own() -> None:
    shuffled = [
        change(operation, name=name) for name in ("b", "a") for operation in sorted(Operation)
    ]
    note = _note(StackPreview(stack="dev", changes=shuffled))
    assert re.findall(r"^- (\w+ `\w`)", note, flags=re.MULTILINE) == [
        f"{operation} `{name}`"
        for operation in ("replace", "delete", "forget", "update", "import", "create")
        for name in ("a", "b")
    ]


def test_the_order_of_the_engine_makes_no_other_note() -> None:
    preview = recorded("policies")
    turned = StackPreview(
        stack=preview.stack,
        failed=preview.failed,
        changes=preview.changes[::-1],
        violations=preview.violations[::-1],
        diagnostics=preview.diagnostics,
    )
    assert _note(turned) == _note(preview)


def test_a_message_of_several_stacks_is_said_once() -> None:
    warned = [
        StackPreview(stack=name, diagnostics=[Diagnostic(severity="warning", message="careful")])
        for name in ("dev", "prod")
    ]
    note = _note(*warned)
    assert note.count("careful") == 1
    assert "`dev`, `prod`" in note


def test_a_message_of_many_places_names_some_and_counts_the_rest() -> None:
    preview = StackPreview(
        stack="dev",
        violations=[
            Violation(policy="p", pack="", mandatory=False, message="m", urn=f"a::b::c::r{index}")
            for index in range(8)
        ],
    )
    assert "`r4` of `dev` and 3 more" in _note(preview)


def test_policies_that_stop_a_deployment_come_before_advice() -> None:
    preview = StackPreview(
        stack="dev",
        violations=[
            Violation(policy=name, pack="", mandatory=mandatory, message=name)
            for name, mandatory in (("a-advice", False), ("b-rule", True))
        ],
    )
    note = _note(preview)
    assert note.index("`b-rule` (mandatory): `dev`") < note.index("`a-advice` (advisory): `dev`")


@pytest.mark.parametrize(
    ("job_url", "links"),
    [
        ("https://gitlab.example.com/a/b/-/jobs/1", 1),
        ("http://gitlab:8929/a/b/-/jobs/1?x=1&y=2#l3", 1),
        ("javascript:alert(1)", 0),
        ("https://example.com/a) ![b](https://example.com/c", 0),
        ("https://example.com/\n/approve", 0),
        ("", 0),
    ],
)
def test_only_an_address_of_the_web_becomes_the_link(job_url: str, links: int) -> None:
    found = [attributes for tag, attributes in Page(_note(job_url=job_url)).tags if tag == "a"]
    assert found == [[("href", job_url)]] * links


def test_a_property_says_its_old_and_new_value_and_why_it_replaces() -> None:
    replaced = change(
        Operation.REPLACE,
        protected=True,
        retained=True,
        differences=[
            difference(),
            difference(None, "a\nb", path="envs[0]", replaces=True),
            difference("c", None, path="envs[1]"),
            difference(None, None, path="provider", replaces=True),
        ],
    )
    note = _note(StackPreview(stack="dev", changes=[replaced]))
    assert "· <code>docker:Container</code>, protected, retained</summary>" in note
    assert (
        "```diff\n! replaced because of envs[0], provider\n- memory: 128\n+ memory: 160\n"
        "+ envs[0]: a\n+   b\n- envs[1]: c\n! provider\n```" in note
    )


def test_long_values_and_many_properties_are_cut_and_counted() -> None:
    several = [difference("", "x" * 1_000, path=f"p{index:03}") for index in range(103)]
    note = _note(StackPreview(stack="dev", changes=[change(differences=several)]))
    assert f"+ p099: {'x' * 400}… (600 more characters)\n! and 3 more properties\n" in note


def test_what_a_colour_hides_is_taken_out_all_the_same() -> None:
    redact = Redactor({"API_TOKEN": "correct horse"})
    note = markdown.render([saying("a correct \x1b[1mhorse\x1b[0m")], redact=redact)
    assert "horse" not in note
    assert "a [secret]" in note
