"""The set-up script is filled in safely, tells its versions apart, and refuses bad values."""

import shutil
import subprocess
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import _engine_rules, checks
from components._engine_setup import EngineSetup

_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJsu8bqhVgx8RbyzFUC6p7v7jlYpMB3LUwQb1uLUYb6M ann"
_BODY = "# shellcheck shell=bash\n"
_FIELD = "gce.engine"
# A shell holds everything but NUL.
_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def _variables(script: str, *names: str) -> list[str]:
    """Return what bash makes of the assignments at the script's beginning."""
    head, _, _ = script.partition(_BODY)
    shown = "".join(f'printf "%s\\0" "${name}"\n' for name in names)
    done = subprocess.run(
        ["bash", "-s"],  # noqa: S607
        input=f"{head}{shown}".encode(),
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def test_nothing_given_means_the_documented_defaults() -> None:
    names = {
        "ADDRESS_POOL": "172.28.0.0/14",
        "ADDRESS_POOL_PREFIX": "24",
        "LOG_MAX_SIZE_MIB": "10",
        "LOG_MAX_FILES": "3",
        "LIVE_RESTORE": "true",
        "NO_NEW_PRIVILEGES": "true",
        "CONTAINERS_REACH_METADATA": "false",
        "DATA_DISK": "",
        "PUBLIC_KEYS": "",
    }
    assert _variables(EngineSetup({}).script, *names) == list(names.values())


def test_numbers_of_a_hosted_component_are_written_as_whole_ones() -> None:
    engine: Any = {"log_max_files": 5.0}
    assert _variables(EngineSetup(engine).script, "LOG_MAX_FILES") == ["5"]


@settings(max_examples=30, deadline=None)
@given(_TEXTS, _TEXTS, st.lists(_TEXTS, max_size=3))
def test_no_value_gets_out_of_its_quotes(pool: str, disk: str, keys: list[str]) -> None:
    script = EngineSetup({"address_pool": pool}, keys, disk).script
    assert _variables(script, "ADDRESS_POOL", "DATA_DISK", "PUBLIC_KEYS") == [
        pool,
        disk,
        "\n".join(keys),
    ]


def test_every_parameter_makes_another_version() -> None:
    setups = [
        EngineSetup({}),
        EngineSetup({"address_pool": "172.20.0.0/16"}),
        EngineSetup({"address_pool_prefix": 25}),
        EngineSetup({"log_max_size_mib": 11}),
        EngineSetup({"log_max_files": 4}),
        EngineSetup({"live_restore": False}),
        EngineSetup({"no_new_privileges": False}),
        EngineSetup({"containers_reach_metadata": True}),
        EngineSetup({}, [_KEY]),
        EngineSetup({}, data_disk="data"),
    ]
    assert len({each.version for each in setups}) == len(setups)


def test_the_same_parameters_make_the_same_version_however_they_are_given() -> None:
    assert EngineSetup({"log_max_files": 3}).version == EngineSetup({}).version


def test_the_script_writes_the_version_that_it_is_known_by() -> None:
    setup = EngineSetup({}, [_KEY], "data")
    assert _variables(setup.script, "VERSION") == [setup.version]


@pytest.mark.parametrize("setup", [EngineSetup({}), EngineSetup({}, [_KEY], "data")])
def test_the_script_passes_shellcheck(setup: EngineSetup, tmp_path: Path) -> None:
    program = shutil.which("shellcheck")
    assert program, "shellcheck is missing; 'python3 -m airgap test-tools' installs it"
    script = tmp_path / "script.sh"
    script.write_text(setup.script)
    done = subprocess.run([program, script], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        ({"address_pool": "172.28.0.1/14"}, f"{_FIELD}.address_pool: '172.28.0.1/14' is not"),
        ({"address_pool": "169.254.0.0/16"}, "link-local"),
        ({"address_pool_prefix": 13}, f"{_FIELD}.address_pool_prefix: 13 is not a whole number"),
        ({"address_pool_prefix": 29}, "from 14 to 28"),
        ({"address_pool": "10.128.0.0/9"}, "overlaps 10.132.0.0/20 (gce.subnet)"),
        ({"log_max_size_mib": 0}, f"{_FIELD}.log_max_size_mib: 0 is not a whole number"),
        ({"log_max_files": 1.5}, f"{_FIELD}.log_max_files: 1.5 is not a whole number"),
        ({"live_restore": "yes"}, f"{_FIELD}.live_restore: 'yes' is neither true nor false"),
        ({"no_new_privileges": 1}, f"{_FIELD}.no_new_privileges: 1 is neither true nor false"),
    ],
)
def test_a_bad_setting_is_refused_by_name(engine: Any, message: str) -> None:
    with pytest.raises(checks.ArgumentError) as refusal:
        _engine_rules.check(_FIELD, engine, {"gce.subnet": IPv4Network("10.132.0.0/20")})
    assert message in str(refusal.value)


def test_the_defaults_pass_beside_a_network_of_gce() -> None:
    _engine_rules.check(_FIELD, {}, {"gce.subnet": IPv4Network("10.132.0.0/20")})


@pytest.mark.parametrize(
    "key",
    [
        _KEY,
        f"{_KEY}\n",
        _KEY.rpartition(" ")[0],
        "sk-ssh-ed25519@openssh.com AAAAGnNr x y",
        "ecdsa-sha2-nistp256 AAAAE2Vj= x",
    ],
)
def test_a_line_of_a_pub_file_is_a_public_key(key: str) -> None:
    assert _engine_rules.check_public_key("keys[0]", key) == key.strip()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "ann@laptop",
        "ssh-dss AAAAB3Nz x",
        f"{_KEY}\n{_KEY}",
        f'command="id" {_KEY}',
        f"{_KEY}'; id; '",
        _KEY.replace("AAAA", "BBBB"),
    ],
)
def test_anything_else_is_not(key: str) -> None:
    with pytest.raises(checks.ArgumentError, match=r"^keys\[0\]: .* is not a public key; give one"):
        _engine_rules.check_public_key("keys[0]", key)


@pytest.mark.parametrize(
    "key",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nb3BlbnNzaC1r\n",
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nb3BlbnNzaC1r",
    ],
)
def test_a_private_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(checks.ArgumentError, match="looks like a private key") as refusal:
        _engine_rules.check_public_key("keys[0]", key)
    assert "b3BlbnNzaC1r" not in str(refusal.value)
