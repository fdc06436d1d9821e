"""The shipped production stack, judged by checkov."""

from pathlib import Path
from typing import Final

import yaml

import stacks
from tests.judges import checkov, terraform_json
from tests.unit.project import configure
from tests.unit.recorder import Deploy, Engine

_OWN_KEY = (
    "Google encrypts every disk with a key that it keeps; gcpKmsKey names one of the user's own"
)
_EXCEPTIONS: Final = {
    "CKV_GCP_37": _OWN_KEY,
    "CKV_GCP_38": _OWN_KEY,
}
"""Each rule that the stack may break, and why."""

_FILE = Path(stacks.__file__).parents[1] / "Pulumi.prod.yaml"


def test_every_rule_is_kept_or_excepted_with_a_reason(
    deploy: Deploy, engine: Engine, tmp_path: Path
) -> None:
    shipped = yaml.safe_load(_FILE.read_text())["config"]
    configure(**{key.partition(":")[2]: value for key, value in shipped.items()})
    deploy(lambda: stacks.run("prod"))

    verdict = checkov.judge(terraform_json.document(engine.registrations), tmp_path)

    broken = {each for each in verdict.failed if each.id not in _EXCEPTIONS}
    assert not broken
    needed = {each.id for each in verdict.failed}
    assert _EXCEPTIONS.keys() == needed, "delete the exceptions that nothing needs any more"
    assert {"CKV_GCP_2", "CKV_GCP_39", "CKV_GCP_40", "CKV2_GCP_18"} <= {
        each.id for each in verdict.passed
    }
