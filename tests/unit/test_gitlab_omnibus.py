"""gitlab.rb from typed values: Ruby reads what was given, and evaluates none of it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components import _gitlab_omnibus as omnibus
from components.checks import ArgumentError

# What Ruby might take for an end of the text, for code, or for another character.
_DANGERS = [
    "'", '"', "\\", "\\'", "`touch evaluated`", "#{", "}", "#{system('touch evaluated')}", "#@x",
    "#$0", "' + system('touch evaluated') + '", "'; exit!; '", "\n", "\r", "\r\n", "\n__END__\n",
    "\n=begin\n", "%q(", "%x(touch evaluated)", "<<~X\n", "\0", "\x04", "\x1a", "\x7f", "\x85",
    "\u2028", "\ufeff", "ü", "Привет", "😀", "\\u{41}", "\\x41", "\\n", "?'", "%", "# coding: x\n",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(_DANGERS) | st.text(max_size=5), max_size=6).map("".join)
_NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip

# As the image reads the file, from an object that has nothing but the settings: whatever else is
# called is an error. The locale is the poorest there is.
_READER = r"""
require "json"
class Reader < BasicObject
  def initialize = @seen = {}
  def __seen = @seen
  def external_url(value) = @seen["external_url"] = value
  def registry_external_url(value) = @seen["registry_external_url"] = value
  def gitlab_rails = @seen["gitlab_rails"] ||= {}
  def nginx = @seen["nginx"] ||= {}
  def method_missing(name, *) = ::Kernel.raise("called: #{name}")
end
reader = Reader.new
reader.instance_eval(IO.read(ARGV[0]), ARGV[0], 1)
puts JSON.generate(reader.__seen)
"""


def _as_ruby_reads(text: str, folder: Path) -> Any:
    ruby = shutil.which("ruby")
    assert ruby, "this test needs Ruby: apt-get install ruby"
    file = folder / "omnibus_config.rb"
    file.write_text(text, encoding="ascii")
    done = subprocess.run(  # noqa: S603
        [ruby, "-e", _READER, str(file)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_ruby_reads_every_kind_of_value(tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "nothing": None,
        "yes": True,
        "no": False,
        "number": -3,
        "huge": 10**30,
        "share": 0.25,
        "tiny": 1e-300,
        "empty": "",
        "list": ["a", 1, [None]],
        "map": {"a b": {"c": []}},
    }
    text = omnibus.render({"external_url": "http://here"}, {"gitlab_rails": values, "nginx": {}})
    assert _as_ruby_reads(text, tmp_path) == {"external_url": "http://here", "gitlab_rails": values}


# 10 files of 50 texts: a Ruby for each text would take half a minute.
@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(texts=st.lists(HOSTILE, min_size=50, max_size=50))
def test_ruby_reads_500_hostile_texts_as_they_are_and_evaluates_none(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    as_values = {str(number): each for number, each in enumerate(texts)}
    as_keys = {each: str(number) for number, each in enumerate(texts)}
    text = omnibus.render(
        {"external_url": texts[0], "registry_external_url": texts[1]},
        {"gitlab_rails": as_values, "nginx": as_keys},
    )
    assert _as_ruby_reads(text, folder) == {
        "external_url": texts[0],
        "registry_external_url": texts[1],
        "gitlab_rails": as_values,
        "nginx": as_keys,
    }
    assert [each.name for each in folder.iterdir()] == ["omnibus_config.rb"]


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(value=_NESTED)
def test_ruby_reads_values_within_values_as_they_are(
    tmp_path_factory: pytest.TempPathFactory, value: Any
) -> None:
    folder = tmp_path_factory.mktemp("nested")
    seen = _as_ruby_reads(omnibus.render({}, {"nginx": {"it": value}}), folder)
    assert seen["nginx"]["it"] == value


@pytest.mark.parametrize("text", ["'\n'", "\r\n", "\u2028", "a\0b"])
def test_each_setting_is_one_line_of_ascii(text: str) -> None:
    file = omnibus.render({}, {"nginx": {"a": text, "b": text}})
    assert file.isascii()
    assert len(file.splitlines()) == 2


def test_what_ruby_has_no_literal_for_is_not_written() -> None:
    for value in (object(), float("nan"), float("inf")):
        with pytest.raises(TypeError, match="has no literal in Ruby"):
            omnibus.literal(value)


def test_a_url_is_only_given_to_the_setting_of_a_url() -> None:
    with pytest.raises(ValueError, match="'system' is not the name of a URL's setting"):
        omnibus.render({"system": "touch evaluated"}, {})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"system": {"a": 1}}, "settings: 'system' is no section of gitlab.rb"),
        ({"exit!": {"a": 1}}, "settings: 'exit!' is no section of gitlab.rb"),
        ({"nginx": 3}, "settings.nginx: 3 is not a mapping"),
        ({"nginx": {"a": float("inf")}}, "settings.nginx.a: inf is no number"),
        ({"nginx": {"a": [{"b": float("nan")}]}}, "settings.nginx.a[0].b: nan is no number"),
    ],
)
def test_settings_that_ruby_could_not_read_are_refused(given: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        omnibus.check_settings("settings", given)
    assert message in str(refusal.value)


def test_settings_are_merged_in_depth_and_the_last_value_counts() -> None:
    first = {"gitlab_rails": {"env": {"A": "1", "B": "1"}, "x": [1]}}
    second = {"gitlab_rails": {"env": {"B": "2"}, "x": [2]}, "nginx": {"y": 1}}
    assert omnibus.merged(first, second) == {
        "gitlab_rails": {"env": {"A": "1", "B": "2"}, "x": [2]},
        "nginx": {"y": 1},
    }
    assert first == {"gitlab_rails": {"env": {"A": "1", "B": "1"}, "x": [1]}}
