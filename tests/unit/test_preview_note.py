"""The merge request's note on a GitLab of the tests: written once, found again, and what fails."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from delivery.errors import MisuseError
from delivery.preview import note
from delivery.preview.merge_request import MergeRequest
from delivery.preview.note import Outcome
from delivery.preview.note_errors import NoteError
from tests.gitlab_api.certificate import self_signed
from tests.gitlab_api.notes import NotesApi, Trouble

TOKEN = "glpat-a-token-of-the-tests"  # noqa: S105 - opens nothing
MARKER = "<!-- marker -->"
BOT, PERSON = 5, 6
NOTES = "/api/v4/projects/42/merge_requests/7/notes"


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(note, "_FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(note, "_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses taken, none of which takes any time."""
    taken: list[float] = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken


@pytest.fixture
def gitlab() -> Iterator[NotesApi]:
    """A GitLab with two merge requests, and a token of a bot's."""
    api = NotesApi(users={TOKEN: BOT}, notes={(42, 7): [], (42, 8): [], (43, 7): []})
    with api.serving():
        yield api
        api.over.set()


def _place(url: str, **changes: Any) -> MergeRequest:
    return MergeRequest(**{"server": url, "project": "42", "iid": "7", "token": TOKEN, **changes})


def _write(api: NotesApi, text: str = "text", **changes: Any) -> Outcome:
    return note.write(_place(api.url + api.root, **changes), f"{MARKER}\n{text}\n", say=print)


def _refused(url: str, **changes: Any) -> str:
    with pytest.raises(NoteError) as refusal:
        note.write(_place(url, **changes), f"{MARKER}\ntext\n", say=print)
    message = str(refusal.value)
    assert TOKEN not in message
    assert "\n" not in message
    return message


def _bodies(api: NotesApi, project: int = 42, iid: int = 7) -> list[str]:
    return [each["body"] for each in api.notes[project, iid]]


def test_the_first_push_makes_a_note_and_the_second_changes_it_in_place(gitlab: NotesApi) -> None:
    assert _write(gitlab, "first") == Outcome.CREATED
    (made,) = gitlab.notes[42, 7]
    assert _write(gitlab, "second") == Outcome.UPDATED
    assert gitlab.notes[42, 7] == [{**made, "body": f"{MARKER}\nsecond"}]
    assert gitlab.changed == [("POST", NOTES), ("PUT", f"{NOTES}/{made['id']}")]


def test_a_note_that_says_the_same_is_left_alone(gitlab: NotesApi) -> None:
    _write(gitlab)
    gitlab.changed.clear()
    assert _write(gitlab) == Outcome.UNCHANGED
    assert gitlab.changed == []


def test_other_merge_requests_and_projects_are_left_alone(gitlab: NotesApi) -> None:
    gitlab.add(BOT, f"{MARKER}\nof another", iid=8)
    gitlab.notes[43, 7] = [gitlab.add(BOT, f"{MARKER}\nof a fork", iid=8)]
    _write(gitlab, "first")
    _write(gitlab, "second")
    assert _bodies(gitlab, iid=8)[0] == f"{MARKER}\nof another"
    assert _bodies(gitlab, project=43) == [f"{MARKER}\nof a fork"]


@pytest.mark.parametrize(
    ("user", "body", "system"),
    [
        pytest.param(PERSON, f"{MARKER}\nquoted", False, id="another's"),
        pytest.param(BOT, f"look:\n{MARKER}\nquoted", False, id="not on the first line"),
        pytest.param(BOT, f"> {MARKER}\n> quoted", False, id="quoted"),
        pytest.param(BOT, f"{MARKER}\nchanged the description", True, id="of the system"),
        pytest.param(BOT, f"{MARKER} and more\n", False, id="another marker"),
    ],
)
def test_what_only_looks_like_the_note_is_left_alone(
    gitlab: NotesApi, user: int, body: str, *, system: bool
) -> None:
    gitlab.add(user, body, system=system)
    assert _write(gitlab) == Outcome.CREATED
    assert _bodies(gitlab) == [body.strip(), f"{MARKER}\ntext"]


@pytest.mark.parametrize("external_url", ["", "https://gitlab.example/its/own"])
def test_the_note_is_found_behind_hundreds_of_others(gitlab: NotesApi, external_url: str) -> None:
    gitlab.external_url = external_url
    _write(gitlab, "first")
    for index in range(250):
        gitlab.add(PERSON, f"me too {index}")
    assert _write(gitlab, "second") == Outcome.UPDATED
    assert _bodies(gitlab)[0] == f"{MARKER}\nsecond"
    assert len(_bodies(gitlab)) == 251
    assert sum("/notes?" in each for each in gitlab.asked) == 1 + 3


def test_of_two_notes_the_oldest_stays_and_that_is_said(
    gitlab: NotesApi, capsys: pytest.CaptureFixture[str]
) -> None:
    oldest, person, younger = (gitlab.add(user, f"{MARKER}\nold") for user in (BOT, PERSON, BOT))
    assert _write(gitlab, "new") == Outcome.UPDATED
    assert gitlab.notes[42, 7] == [{**oldest, "body": f"{MARKER}\nnew"}, person]
    assert capsys.readouterr().out == (
        f"two pipelines had each written a note: {oldest['id']} stays, {younger['id']} is gone\n"
    )


def test_a_gitlab_under_a_path_is_written_to_there(gitlab: NotesApi) -> None:
    gitlab.root = "/git/lab"
    assert _write(gitlab) == Outcome.CREATED
    assert set(gitlab.asked) == {
        "/git/lab/api/v4/user",
        f"/git/lab{NOTES}",
        f"/git/lab{NOTES}?per_page=100",
    }


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "GitLab refuses it (400)"),
        (401, "GitLab doesn't know the token (401): it is wrong, expired or revoked"),
        (403, "doesn't let the token write (403): it needs the scope api, and at least the role R"),
        (404, "shows the token no such merge request (404)"),
    ],
)
def test_a_refusal_is_one_clear_line_at_once(gitlab: NotesApi, status: int, words: str) -> None:
    gitlab.always, gitlab.writes_only = Trouble(status), True
    message = _refused(gitlab.url)
    assert message.startswith(f"the note of !7 of project 42 at {gitlab.url}: ")
    assert words in message
    assert len(gitlab.changed) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 524])
def test_what_passes_is_waited_for(gitlab: NotesApi, pauses: list[float], status: int) -> None:
    gitlab.troubles.extend([Trouble(status)] * 3)
    assert _write(gitlab) == Outcome.CREATED
    assert pauses == [0.001, 0.002, 0.004]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (429, "GitLab still takes no more requests (429); run the job again later"),
        (500, "GitLab has a problem of its own (500); run the job again later"),
        (503, "GitLab has a problem of its own (503)"),
    ],
)
def test_what_does_not_pass_has_an_end(
    gitlab: NotesApi, pauses: list[float], status: int, words: str
) -> None:
    gitlab.always = Trouble(status)
    assert words in _refused(gitlab.url)
    assert len(gitlab.asked) == 4
    assert len(pauses) == 3


def test_a_pause_is_as_long_as_gitlab_wants(gitlab: NotesApi, pauses: list[float]) -> None:
    gitlab.troubles.extend([Trouble(429, {"Retry-After": "30"}), Trouble(500)])
    assert _write(gitlab) == Outcome.CREATED
    assert pauses == [30, 0.002]


def test_a_pause_that_is_too_long_is_not_taken(gitlab: NotesApi, pauses: list[float]) -> None:
    gitlab.always = Trouble(429, {"Retry-After": "3600"})
    assert "takes no request for 3600 s" in _refused(gitlab.url)
    assert pauses == []


def test_a_pause_in_other_words_is_not_counted(gitlab: NotesApi, pauses: list[float]) -> None:
    gitlab.troubles.append(Trouble(503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}))
    assert _write(gitlab) == Outcome.CREATED
    assert pauses == [0.001]


@pytest.mark.parametrize("status", [0, 502])
def test_a_note_that_was_written_unnoticed_is_not_written_twice(
    gitlab: NotesApi, status: int
) -> None:
    gitlab.writes_only = True
    gitlab.troubles.append(Trouble(status, done=True))
    assert _write(gitlab) == Outcome.UNCHANGED
    assert _bodies(gitlab) == [f"{MARKER}\ntext"]
    assert [method for method, _ in gitlab.changed] == ["POST"]


def test_a_gitlab_that_never_answers_is_given_up(gitlab: NotesApi) -> None:
    gitlab.always = Trouble(0)
    assert "GitLab doesn't answer in time" in _refused(gitlab.url)
    assert len(gitlab.asked) == 4


def test_a_gitlab_that_does_not_listen_is_given_up(pauses: list[float]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        assert "GitLab can't be reached" in _refused(url)
    assert len(pauses) == 3


def test_what_answers_otherwise_is_not_gitlab(gitlab: NotesApi) -> None:
    gitlab.always = Trouble(200)
    assert "what answers there isn't GitLab's API; look after CI_API_V4_URL" in _refused(gitlab.url)


def test_the_token_follows_no_redirection(gitlab: NotesApi) -> None:
    with NotesApi(moved_to=gitlab.url).serving() as moved:
        assert "sends us to another address, where the token isn't sent" in _refused(moved.url)
    assert gitlab.asked == []


def test_a_certificate_counts_only_if_it_is_trusted(tmp_path: Path, pauses: list[float]) -> None:
    certificate = self_signed(tmp_path)
    api = NotesApi(users={TOKEN: BOT}, notes={(42, 7): []})
    with api.serving(certificate=certificate):
        message = _refused(api.url)
        assert "GitLab's certificate isn't trusted here; set CI_SERVER_TLS_CA_FILE" in message
        assert pauses == []
        assert _write(api, ca_file=str(certificate)) == Outcome.CREATED


@pytest.mark.parametrize(
    ("is_there", "words"),
    [
        (False, "the file of CI_SERVER_TLS_CA_FILE can't be read"),
        (True, "isn't trusted here; set CI_SERVER_TLS_CA_FILE to the file with its authority's"),
    ],
)
def test_a_file_without_certificates_is_named(
    tmp_path: Path, words: str, *, is_there: bool
) -> None:
    file = tmp_path / "ca.pem"
    if is_there:
        file.touch()
    with NotesApi().serving(certificate=self_signed(tmp_path)) as api:
        assert words in _refused(api.url, ca_file=str(file))


PIPELINE = {
    "CI_API_V4_URL": "https://gitlab.example/git/api/v4",
    "CI_MERGE_REQUEST_PROJECT_ID": "42",
    "CI_MERGE_REQUEST_IID": "7",
    "DOCKYARD_NOTE_TOKEN": TOKEN,
}


def test_a_pipeline_says_which_merge_request_is_meant() -> None:
    # A merge request from a fork: its pipeline runs there, the note belongs to the target.
    place = MergeRequest.of_pipeline(
        {**PIPELINE, "CI_PROJECT_ID": "99", "CI_SERVER_TLS_CA_FILE": "/ca.pem"}
    )
    assert place == _place("https://gitlab.example/git", ca_file="/ca.pem")
    assert TOKEN not in repr(place)


def test_the_address_of_the_server_will_do() -> None:
    environ = {**PIPELINE, "CI_API_V4_URL": "", "CI_SERVER_URL": "https://gitlab.example/git"}
    assert MergeRequest.of_pipeline(environ).server == "https://gitlab.example/git"


@pytest.mark.parametrize(
    ("name", "shown"), [(name, name) for name in PIPELINE] + [("CI_API_V4_URL", "CI_SERVER_URL")]
)
def test_what_a_pipeline_lacks_is_named(name: str, shown: str) -> None:
    with pytest.raises(MisuseError, match=f"--note: not set: [^,;]*{shown}[^,]*;"):
        MergeRequest.of_pipeline({**PIPELINE, name: ""})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"CI_MERGE_REQUEST_IID": "../8"}, "CI_MERGE_REQUEST_IID is '../8', and should be a num"),
        ({"CI_MERGE_REQUEST_PROJECT_ID": "a/b"}, "CI_MERGE_REQUEST_PROJECT_ID is 'a/b'"),
        ({"CI_API_V4_URL": "gitlab.example/api/v4"}, "begins with http:// or https:// and a name"),
        ({"CI_API_V4_URL": "ftp://gitlab.example/api/v4"}, "begins with http:// or https://"),
        ({"DOCKYARD_NOTE_TOKEN": "one\nsecret"}, "has characters that no token has"),
        ({"DOCKYARD_NOTE_TOKEN": "ein-schlüssel"}, "has characters that no token has"),
    ],
)
def test_what_can_not_be_right_is_refused(changes: dict[str, str], words: str) -> None:
    with pytest.raises(MisuseError, match=words) as refusal:
        MergeRequest.of_pipeline({**PIPELINE, **changes})
    assert "secret" not in str(refusal.value)


def test_no_message_shows_a_password_in_the_address() -> None:
    place = _place("https://root:opensesame@gitlab.example:8443/git")
    assert str(place) == "!7 of project 42 at https://gitlab.example:8443/git"
