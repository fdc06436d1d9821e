"""A Debian machine of a test's own: a container by hand, near enough to a virtual machine.

It has a root file system that it may change as it likes, its own processes, devices, host name and
network, and no systemd: services are started with ``service``, as on a machine with sysvinit.
"""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_BOOT_SECONDS = 30
_ENVIRONMENT = {
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}
_CONTROL_GROUPS = Path("/sys/fs/cgroup")
_DEVICES = ("full", "fuse", "null", "random", "tty", "urandom", "zero")

# The engines of several machines share this one's control groups. And root may be kept from raising
# limits here, which the service takes for a reason not to start.
_ENGINE_SERVICE = """
DOCKER_OPTS=--cgroup-parent=/{control_group}
ulimit() {{ command ulimit "$@" || true; }}
"""

# Its first process is bash, which takes note of every process that ends, as an init does.
_BOOT = """
set -eu
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$FOLDER/upper,workdir=$FOLDER/work" \
  "$FOLDER/root"
cd "$FOLDER/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in $DEVICES; do
  mkdir -p "dev/$(dirname "$device")"
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mkdir -m 1777 run/lock
if [ -d "$FOLDER/docker" ]; then
  mkdir -p var/lib/docker
  mount --bind "$FOLDER/docker" var/lib/docker
fi
hostname "$NAME"
# Programs that look for their own host's name, like sudo, need no name server for it.
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$NAME" >etc/hosts
pivot_root . mnt
cd /
umount --lazy /mnt
exec bash -c 'sleep infinity & touch /run/booted; wait' </dev/null >/dev/null 2>&1
"""


@dataclass(frozen=True)
class Answer:
    """What a command on a machine said, and how it ended."""

    code: int
    output: str


class DebianMachine:
    """A running machine; it and all it did are gone when its block ends.

    Needs root.

    Args:
        name: host name.
        folder: where its changes to the root file system go; on a disk, not on an overlay.
        layers: folders that make its root file system, the uppermost first; they stay untouched.
        network: file of the network namespace that it is in.
        devices: devices of this machine that it sees too, below ``/dev``.
        engine_data: whether ``/var/lib/docker`` is a folder on the disk, which overlayfs is not
            fit for. Without, the folder is the test's to mount something on.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        layers: Sequence[Path],
        network: Path,
        *,
        devices: Sequence[str] = (),
        engine_data: bool = True,
    ) -> None:
        self.name = name
        self._folder = folder
        self._control_group = f"dockyard-{name}-{uuid.uuid4().hex[:8]}"
        self._layers = layers
        self._network = network
        self._devices = [each for each in _DEVICES if Path("/dev", each).exists()] + list(devices)
        self._engine_data = engine_data
        self._process: subprocess.Popen[bytes] | None = None
        self._init = 0

    def __enter__(self) -> Self:
        """Boot it."""
        for name in ("upper", "work", "root", *(["docker"] if self._engine_data else [])):
            (self._folder / name).mkdir(parents=True)
        try:
            self._boot()
            self.path("/etc/default/docker").write_text(
                _ENGINE_SERVICE.format(control_group=self._control_group)
            )
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Switch it off, in no orderly way, and remove what it wrote."""
        self._remove()

    def path(self, inside: str) -> Path:
        """Return where a path of the machine is seen from outside, while it runs."""
        return Path(f"/proc/{self._init}/root{inside}")

    def run(self, *command: str, stdin: str = "", check: bool = True) -> Answer:
        """Run a command as root to its end.

        Args:
            command: program and arguments.
            stdin: what the program reads.
            check: whether it has to end well.
        """
        # A daemon keeps the output of whoever started it; a pipe would wait for its end.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603
                [*self._enter, *command],
                input=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                env=_ENVIRONMENT,
                check=False,
            )
            output.seek(0)
            answer = Answer(done.returncode, output.read())
        if check:
            assert answer.code == 0, f"{shlex.join(command)}: {answer.output}"
        return answer

    @property
    def _enter(self) -> list[str]:
        kinds = ("--mount", "--uts", "--ipc", "--net", "--pid")
        return ["nsenter", f"--target={self._init}", *kinds, "--"]

    def _boot(self) -> None:
        # Not `ip netns exec`: it hides the control groups behind a sysfs of its own.
        isolated = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"]
        with (self._folder / "boot.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603
                ["nsenter", f"--net={self._network}", *isolated, "sh", "-c", _BOOT],  # noqa: S607
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    **_ENVIRONMENT,
                    "DEVICES": " ".join(self._devices),
                    "FOLDER": str(self._folder),
                    "LOWER": ":".join(str(each) for each in self._layers),
                    "NAME": self.name,
                },
            )
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        deadline = time.monotonic() + _BOOT_SECONDS
        while not (self._init and self.path("/run/booted").exists()):
            said = (self._folder / "boot.log").read_text()
            assert self._process.poll() is None, said
            assert time.monotonic() < deadline, said
            self._init = int((children.read_text().split() or ["0"])[0])
            time.sleep(0.01)

    def become_layer(self, target: Path) -> None:
        """Switch it off and keep what it wrote, as a layer upon its own ones for other machines."""
        self._switch_off()
        (self._folder / "upper").rename(target)

    def _switch_off(self) -> None:
        if self._process and self._process.poll() is None:
            # All its processes end with the first one, all its mounts with the last of them.
            os.kill(self._init or self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _remove(self) -> None:
        self._switch_off()
        for group in _CONTROL_GROUPS.glob(f"*/{self._control_group}"):
            for folder, _, _ in os.walk(group, topdown=False):
                Path(folder).rmdir()
        shutil.rmtree(self._folder)
