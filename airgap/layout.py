"""Where everything that set-up makes lies."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The folder of one clone and the paths below its ``.dockyard``."""

    root: Path

    @property
    def folder(self) -> Path:
        """The one folder that set-up writes to; git ignores it.

        A link leads to the set-up of another clone, such as the one in the jobs' image.
        """
        return (self.root / ".dockyard").resolve()

    @property
    def home(self) -> Path:
        """The clone that the set-up belongs to; the stand-ins run from there."""
        return self.folder.parent

    @property
    def bin(self) -> Path:
        """Programs, to be first on PATH."""
        return self.folder / "bin"

    @property
    def go(self) -> Path:
        """A Go distribution, where the machine has none that is new enough."""
        return self.folder / "go"

    @property
    def venv(self) -> Path:
        """The project's virtualenv."""
        return self.folder / "venv"

    @property
    def python(self) -> Path:
        """The virtualenv's interpreter."""
        return self.venv / "bin" / "python"

    @property
    def judges(self) -> Path:
        """The virtualenv of the tests' judges."""
        return self.folder / "judges"

    @property
    def state(self) -> Path:
        """Pulumi's state, unless the user names another backend."""
        return self.folder / "state"

    @property
    def passphrase(self) -> Path:
        """The secret that encrypts the stacks' secrets."""
        return self.folder / "passphrase"

    @property
    def environment(self) -> Path:
        """Shell file to source before calling pulumi by hand."""
        return self.folder / "env"

    @property
    def base_image(self) -> Path:
        """One line: the reference to build the services' images from."""
        return self.folder / "base-image"

    @property
    def parts(self) -> Path:
        """What is real and what stands in, for ``status`` and for the next set-up."""
        return self.folder / "parts.json"

    @property
    def lock(self) -> Path:
        """Held while a set-up runs."""
        return self.folder / "lock"

    @property
    def engine_log(self) -> Path:
        """What a Docker Engine writes that set-up started itself."""
        return self.folder / "dockerd.log"
