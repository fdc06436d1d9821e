"""What a Markdown engine makes of a note, close to how GitLab does."""

from collections.abc import Sequence
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_CODE = frozenset({"code", "pre"})
_EMPTY = frozenset({"br", "hr", "img", "input"})


def as_html(note: str) -> str:
    """Return a note as HTML."""
    engine = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return str(engine.render(note))


class Page(HTMLParser):
    """A note's HTML, taken apart.

    Attributes:
        tags: all tags in order, with their attributes.
        prose: the text outside of code, in pieces.
        code: the text in code, in pieces.
        comments: the comments.
        problems: tags that close what isn't open.
    """

    def __init__(self, note: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, Sequence[tuple[str, str | None]]]] = []
        self.prose: list[str] = []
        self.code: list[str] = []
        self.comments: list[str] = []
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(as_html(note))
        self.close()
        self.problems += [f"{each} stays open" for each in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag."""
        self.tags.append((tag, attrs))
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Take an end."""
        self.tags.append((f"/{tag}", []))
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"{tag} closes something else")

    def handle_data(self, data: str) -> None:
        """Take a text."""
        inside = self.code if _CODE & set(self._open) else self.prose
        if data.strip():
            inside.append(data)

    def handle_comment(self, data: str) -> None:
        """Take a comment."""
        self.comments.append(data)
