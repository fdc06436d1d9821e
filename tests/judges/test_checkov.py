"""Whether checkov judges: resources that are known to be bad must fail, their mended twins pass."""

from pathlib import Path
from typing import Any

import pytest

from tests.judges import checkov
from tests.judges.checkov import Check


def _document(*, port: str, interface: dict[str, Any], shielded: bool) -> dict[str, Any]:
    return {
        "resource": {
            "google_compute_network": {"hosts": {"name": "hosts"}},
            "google_compute_firewall": {
                "way-in": {
                    "name": "way-in",
                    "network": "${google_compute_network.hosts.id}",
                    "source_ranges": ["0.0.0.0/0"],
                    "allow": [{"protocol": "tcp", "ports": [port]}],
                }
            },
            "google_compute_instance": {
                "host": {
                    "name": "host",
                    "network_interface": [interface],
                    "shielded_instance_config": {
                        "enable_vtpm": shielded,
                        "enable_integrity_monitoring": shielded,
                    },
                }
            },
        }
    }


_OPEN_SSH = Check("CKV_GCP_2", "way-in")
_UNSHIELDED = Check("CKV_GCP_39", "host")
_PUBLIC = Check("CKV_GCP_40", "host")


def test_what_is_bad_fails(tmp_path: Path) -> None:
    bad = _document(port="22", interface={"network": "n", "access_config": [{}]}, shielded=False)

    verdict = checkov.judge(bad, tmp_path)

    assert {_OPEN_SSH, _UNSHIELDED, _PUBLIC} <= verdict.failed


def test_the_same_without_the_faults_passes(tmp_path: Path) -> None:
    good = _document(port="443", interface={"network": "n"}, shielded=True)

    verdict = checkov.judge(good, tmp_path)

    assert {_OPEN_SSH, _UNSHIELDED, _PUBLIC} <= verdict.passed


def test_connections_between_resources_are_judged(tmp_path: Path) -> None:
    connected = _document(port="443", interface={"network": "n"}, shielded=True)
    lonely = {"resource": {"google_compute_network": {"hosts": {"name": "hosts"}}}}
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()

    rule = Check("CKV2_GCP_18", "hosts")
    assert rule in checkov.judge(connected, tmp_path / "one").passed
    assert rule in checkov.judge(lonely, tmp_path / "other").failed


def test_a_document_without_resources_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="read no resources"):
        checkov.judge({"resource": {}}, tmp_path)
