"""The set-up script on a bare Debian 13: what it makes, what it leaves alone, what it refuses."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from airgap.commands import run
from components._engine_setup import DEPLOY_USER, VERSION_FILE, EngineSetup
from tests.e2e.debian_machine import Answer, DebianMachine
from tests.e2e.debian_root import bare, internet, online_machine, with_engine
from tests.e2e.image_copy import copy_images
from tests.e2e.stack import REPOSITORY

_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJsu8bqhVgx8RbyzFUC6p7v7jlYpMB3LUwQb1uLUYb6M ann"
_SETUP = EngineSetup({"log_max_files": 5}, [_KEY])
_IMAGE = (REPOSITORY / ".dockyard/base-image").read_text().strip()
_DAEMON_CONFIG = "/etc/docker/daemon.json"
_MIB = 1 << 20
# All that a run could change: contents and times, packages, and the engine's process.
_SNAPSHOT = """
find /etc /usr/local /var/lib/dpkg /var/spool -printf '%p %y %m %U %G %T@ %s\n'
pidof dockerd containerd
findmnt /var/lib/docker
"""


def _apply(machine: DebianMachine, setup: EngineSetup, *, check: bool = True) -> Answer:
    return machine.run("bash", "-s", stdin=setup.script, check=check)


def _snapshot(machine: DebianMachine) -> list[str]:
    return machine.run("sh", "-c", _SNAPSHOT, check=False).output.splitlines()


def _engine_pid(machine: DebianMachine) -> str:
    return machine.run("pidof", "dockerd").output


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DebianMachine, str]]:
    """A machine that the script made a Docker host, and what it said; tests put back changes."""
    with online_machine(tmp_path_factory.mktemp("machine")) as machine:
        said = _apply(machine, _SETUP).output
        copy_images([_IMAGE], f"unix://{machine.path('/run/docker.sock')}")
        yield machine, said


@pytest.fixture
def host(made: tuple[DebianMachine, str]) -> DebianMachine:
    """The machine."""
    return made[0]


def test_a_bare_machine_becomes_a_docker_host(made: tuple[DebianMachine, str]) -> None:
    host, said = made
    assert "engine-setup: started the engine" in said
    server = host.run("docker", "version", "--format", "{{.Server.Version}}").output
    assert int(server.split(".")[0]) >= 26, server
    host.run("dockerd", "--validate", "--config-file", _DAEMON_CONFIG)
    assert json.loads(host.path(_DAEMON_CONFIG).read_text()) == {
        "log-driver": "json-file",
        "log-opts": {"max-size": "10m", "max-file": "5"},
        "live-restore": True,
        "no-new-privileges": True,
        "icc": False,
        "default-address-pools": [{"base": "172.28.0.0/14", "size": 24}],
        "mtu": 1500,
        "default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "1500"}},
    }
    # The first start found the configuration already: it keeps this range for ever.
    assert "172.28.0.1/24" in host.run("ip", "-4", "address", "show", "docker0").output
    assert host.run("apt-mark", "showhold").output.split() == ["docker-cli", "docker.io"]
    assert host.path(VERSION_FILE).read_text() == f"{_SETUP.version}\n"


def test_a_second_run_changes_nothing_and_says_so(host: DebianMachine) -> None:
    before = _snapshot(host)
    said = _apply(host, _SETUP).output
    assert said == f"engine-setup: nothing changed (version {_SETUP.version})\n"
    assert _snapshot(host) == before


def test_a_script_that_arrives_cut_short_does_nothing(host: DebianMachine) -> None:
    before = _snapshot(host)
    script = EngineSetup({"log_max_files": 7}).script
    for tenths in range(1, 10):
        host.run("bash", "-s", stdin=script[: len(script) * tenths // 10], check=False)
    assert _snapshot(host) == before


def test_a_changed_argument_changes_its_file_and_no_container(host: DebianMachine) -> None:
    container = host.run("docker", "run", "--detach", "--rm", _IMAGE, "sleep", "1000").output
    before, pid = set(_snapshot(host)), _engine_pid(host)
    changed = EngineSetup({"log_max_files": 6}, [_KEY])
    said = _apply(host, changed).output
    lines = {line.split()[0] for line in before.symmetric_difference(_snapshot(host))}
    assert lines - set(pid.split()) - {_engine_pid(host).split()[0]} >= {_DAEMON_CONFIG}
    assert {line for line in lines if not line[0].isdigit()} == {
        *("/etc/docker", _DAEMON_CONFIG),
        *("/etc/dockyard", VERSION_FILE),
    }
    assert "engine-setup: restarted the engine" in said
    assert _engine_pid(host) != pid
    assert host.run("docker", "ps", "--quiet", "--no-trunc").output == container
    host.run("docker", "rm", "--force", container.strip())
    _apply(host, _SETUP)


def test_a_configuration_that_the_engine_refuses_is_not_put_in_place(host: DebianMachine) -> None:
    before = _snapshot(host)
    refused = _apply(host, EngineSetup({"address_pool": '"'}, [_KEY]), check=False)
    assert refused.code != 0
    assert "the engine refuses the configuration in /tmp/" in refused.output
    assert _snapshot(host) == before


def test_a_configuration_that_the_engine_does_not_start_with_is_taken_back(
    host: DebianMachine,
) -> None:
    before = host.path(_DAEMON_CONFIG).read_text()
    refused = _apply(host, EngineSetup({"address_pool": "nonsense"}, [_KEY]), check=False)
    assert refused.code != 0
    assert "it runs with the one before" in refused.output
    assert host.path(_DAEMON_CONFIG).read_text() == before
    assert "nonsense" in host.path(f"{_DAEMON_CONFIG}.refused").read_text()
    assert host.path(VERSION_FILE).read_text() == f"{_SETUP.version}\n"
    assert "nothing changed" in _apply(host, _SETUP).output


def test_the_deploy_user_may_use_the_engine_and_has_neither_sudo_nor_password(
    host: DebianMachine,
) -> None:
    as_deploy = ("setpriv", f"--reuid={DEPLOY_USER}", "--init-groups", f"--regid={DEPLOY_USER}")
    assert "Server:" in host.run(*as_deploy, "docker", "version").output
    assert host.run(*as_deploy, "sudo", "-n", "true", check=False).code != 0
    assert host.run("getent", "shadow", DEPLOY_USER).output.split(":")[1] == "*"
    keys = host.path("/etc/ssh/dockyard/deploy.keys")
    assert keys.read_text() == f"{_KEY}\n"
    assert (keys.stat().st_uid, keys.stat().st_mode & 0o777) == (0, 0o644)


def test_in_the_cloud_the_deploy_user_may_have_the_script_run_again_and_nothing_else(
    tmp_path: Path,
) -> None:
    with _offline_machine(tmp_path / "machine", [*with_engine().layers]) as machine:
        runner = machine.path("/usr/bin/google_metadata_script_runner")
        runner.write_text("#!/bin/sh\necho $(id -un) ran $*\n")
        runner.chmod(0o755)
        _apply(machine, EngineSetup({}, [_KEY]))
        as_deploy = ("setpriv", f"--reuid={DEPLOY_USER}", "--clear-groups", "sudo", "-n")
        asked = machine.run(*as_deploy, "google_metadata_script_runner", "startup")
        assert asked.output == "root ran startup\n"
        for other in (["google_metadata_script_runner", "shutdown"], ["true"]):
            assert machine.run(*as_deploy, *other, check=False).code != 0


def test_without_keys_nobody_is_let_in(tmp_path: Path) -> None:
    with _offline_machine(tmp_path / "machine", [*with_engine().layers]) as machine:
        machine.run("userdel", DEPLOY_USER)
        machine.path("/etc/ssh/sshd_config.d/00-dockyard.conf").unlink()
        _apply(machine, EngineSetup({}))
        assert machine.run("id", DEPLOY_USER, check=False).code != 0
        assert not machine.path("/etc/ssh/sshd_config.d/00-dockyard.conf").exists()


def _refused_packets(host: DebianMachine) -> int:
    rules = host.run("iptables", "-L", "DOCKER-USER", "-v", "-x", "-n").output.splitlines()
    return sum(int(rule.split()[0]) for rule in rules if "REJECT" in rule)


def test_containers_reach_the_metadata_server_as_a_name_server_alone(host: DebianMachine) -> None:
    def call(port: int) -> None:
        words = ("timeout", "2", "nc", "169.254.169.254", str(port))
        host.run("docker", "run", "--rm", _IMAGE, *words, check=False)

    call(53)
    assert _refused_packets(host) == 0
    call(80)
    assert _refused_packets(host) > 0


def test_the_metadata_server_can_be_opened_and_closed_again(host: DebianMachine) -> None:
    before = host.run("iptables", "-S", "DOCKER-USER").output
    _apply(host, EngineSetup({"log_max_files": 5, "containers_reach_metadata": True}, [_KEY]))
    assert "169.254" not in host.run("iptables", "-S").output
    assert not list(host.path("/etc/systemd/system").glob("dockyard-metadata-guard*"))
    _apply(host, _SETUP)
    assert host.run("iptables", "-S", "DOCKER-USER").output == before


def test_somebody_elses_configuration_is_left_alone(tmp_path: Path) -> None:
    with _offline_machine(tmp_path / "machine", [*with_engine().layers]) as machine:
        machine.run("rm", "-r", "/etc/dockyard")
        machine.path(_DAEMON_CONFIG).write_text('{"data-root": "/srv/docker"}')
        refused = _apply(machine, EngineSetup({}), check=False)
        assert refused.code != 0
        assert f"{_DAEMON_CONFIG} was written by someone else" in refused.output
        assert machine.path(_DAEMON_CONFIG).read_text() == '{"data-root": "/srv/docker"}'


def test_an_sshd_that_would_shut_the_user_out_is_named(tmp_path: Path) -> None:
    with _offline_machine(tmp_path / "machine", [*with_engine().layers]) as machine:
        config = machine.path("/etc/ssh/sshd_config")
        config.write_text(f"{config.read_text()}\nAllowUsers ann\n")
        refused = _apply(machine, EngineSetup({}, [_KEY]), check=False)
        assert "sshd's AllowUsers shuts deploy out" in refused.output
        config.write_text(config.read_text().replace("AllowUsers ann", "AllowUsers ann deploy"))
        _apply(machine, EngineSetup({}, [_KEY]))


# --- The data disk ----------------------------------------------------------------------------


@contextmanager
def _offline_machine(
    folder: Path, layers: list[Path], *, disk: str = ""
) -> Iterator[DebianMachine]:
    devices = [disk] if disk else []
    with (
        internet() as outside,
        DebianMachine(
            *("host", folder, layers, outside / "ns/net"),
            devices=devices,
            engine_data=not disk,
        ) as machine,
    ):
        if disk:
            machine.run("mkdir", "-p", "/dev/disk/by-id")
            machine.run("ln", "-s", f"/dev/{disk}", "/dev/disk/by-id/google-data")
        yield machine


@contextmanager
def _disk(tmp_path: Path, size_mib: int = 256) -> Iterator[tuple[Path, str]]:
    """Provide a disk of zeros: its content as a file, and its name below /dev."""
    content = tmp_path / "disk"
    with content.open("wb") as file:
        file.truncate(size_mib * _MIB)
    device = run(["losetup", "--find", "--show", content])
    try:
        yield content, device.removeprefix("/dev/")
    finally:
        run(["losetup", "--detach", device])


def _may_resize() -> bool:
    """Say whether this process has CAP_SYS_RESOURCE, which a virtual machine's root has."""
    status = Path("/proc/self/status").read_text()
    (capabilities,) = re.findall(r"^CapEff:\s*(\w+)$", status, flags=re.MULTILINE)
    return bool(int(capabilities, 16) & 1 << 24)


_ON_DISK = EngineSetup({}, data_disk="data")


def test_a_blank_disk_holds_the_engines_data(tmp_path: Path) -> None:
    with (
        _disk(tmp_path) as (_, disk),
        _offline_machine(tmp_path / "machine", [*with_engine().layers], disk=disk) as machine,
    ):
        said = _apply(machine, _ON_DISK).output
        assert "made an ext4 file system" in said
        mounted = machine.run("findmnt", "-no", "SOURCE,FSTYPE", "/var/lib/docker").output.split()
        assert mounted == [f"/dev/{disk}", "ext4"]
        assert machine.path("/var/lib/docker/overlay2").is_dir()
        uuid = machine.run(
            "blkid", "-p", "-s", "UUID", "-o", "value", f"/dev/{disk}"
        ).output.strip()
        assert f"UUID={uuid} /var/lib/docker ext4" in machine.path("/etc/fstab").read_text()
        assert (
            "RequiresMountsFor=/var/lib/docker"
            in (
                machine.path("/etc/systemd/system/docker.service.d") / "dockyard-data-disk.conf"
            ).read_text()
        )
        before = _snapshot(machine)
        assert "nothing changed" in _apply(machine, _ON_DISK).output
        assert _snapshot(machine) == before


@pytest.mark.skipif(not _may_resize(), reason="root may not resize mounted file systems here")
def test_the_file_system_grows_with_its_disk(tmp_path: Path) -> None:
    layers = [*with_engine().layers]
    with (
        _disk(tmp_path) as (content, disk),
        _offline_machine(tmp_path / "machine", layers, disk=disk) as machine,
    ):
        _apply(machine, _ON_DISK)
        with content.open("r+b") as file:
            file.truncate(512 * _MIB)
        run(["losetup", "--set-capacity", f"/dev/{disk}"])
        assert "grew the file system" in _apply(machine, _ON_DISK).output
        size = machine.run("df", "--output=size", "-m", "/var/lib/docker").output.split()[-1]
        assert int(size) > 400
        assert "nothing changed" in _apply(machine, _ON_DISK).output


def test_the_disk_is_mounted_before_a_fresh_engine_writes_anything(tmp_path: Path) -> None:
    with (
        _disk(tmp_path) as (_, disk),
        online_machine(tmp_path / "machine", devices=(disk,), engine_data=False) as machine,
    ):
        machine.run("mkdir", "-p", "/dev/disk/by-id")
        machine.run("ln", "-s", f"/dev/{disk}", "/dev/disk/by-id/google-data")
        _apply(machine, _ON_DISK)
        machine.run("docker", "version")
        machine.run("service", "docker", "stop")
        machine.run("umount", "/var/lib/docker")
        assert list(machine.path("/var/lib/docker").iterdir()) == []


def test_an_engines_disk_moves_to_another_machine_with_its_data(tmp_path: Path) -> None:
    layers = [*with_engine().layers]
    with _disk(tmp_path) as (_, disk):
        with _offline_machine(tmp_path / "old", layers, disk=disk) as old:
            _apply(old, _ON_DISK)
            old.run("docker", "volume", "create", "kept")
        with _offline_machine(tmp_path / "new", layers, disk=disk) as new:
            _apply(new, _ON_DISK)
            assert new.run("docker", "volume", "ls", "--quiet").output == "kept\n"


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (["mkswap"], "swap"),
        (["mkfs.ext2", "-q"], "ext2"),
        # One partition, as a partition table of 1983 has it.
        (
            [
                *("sh", "-c"),
                r"printf '\0\0\1\0\203\0\10\0\0\1\0\0\0\20\0\0' | dd of=$0 bs=1 seek=446;"
                r" printf '\125\252' | dd of=$0 bs=1 seek=510",
            ],
            "dos",
        ),
    ],
)
def test_a_disk_with_anything_else_on_it_is_refused_untouched(
    tmp_path: Path, command: list[str], found: str
) -> None:
    with _disk(tmp_path, size_mib=16) as (content, disk):
        run([*command, f"/dev/{disk}"])
        run(["sync"])
        before = content.read_bytes()
        with _offline_machine(tmp_path / "machine", [bare()], disk=disk) as machine:
            refused = _apply(machine, _ON_DISK, check=False)
        assert refused.code != 0
        assert "was left as it is" in refused.output
        assert found in refused.output
        run(["sync"])
        assert content.read_bytes() == before


def test_data_that_a_disk_would_hide_is_refused(tmp_path: Path) -> None:
    with (
        _disk(tmp_path) as (_, disk),
        _offline_machine(tmp_path / "machine", [bare()], disk=disk) as machine,
    ):
        machine.run("mkdir", "-p", "/var/lib/docker/volumes/precious")
        refused = _apply(machine, _ON_DISK, check=False)
        assert refused.code != 0
        assert "/var/lib/docker/volumes/precious) that the data disk would hide" in refused.output
