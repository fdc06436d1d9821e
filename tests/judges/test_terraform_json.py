"""The spelling of Pulumi's resources in Terraform."""

from typing import Any

import pytest
from pulumi.runtime.proto import resource_pb2

from tests.judges import terraform_json
from tests.judges.terraform_json import UnknownNameError
from tests.unit.recorder import Registration

_INSTANCE = "gcp:compute/instance:Instance"
_NETWORK = "gcp:compute/network:Network"


def _registered(resource_type: str, resource: str, /, **inputs: Any) -> Registration:
    return Registration(resource_type, resource, inputs, resource_pb2.RegisterResourceRequest())


def _body(resource_type: str, **inputs: Any) -> Any:
    document = terraform_json.document([_registered(resource_type, "it", **inputs)])
    ((_, resources),) = document["resource"].items()
    return resources["it"]


def test_names_of_properties_are_spelt_with_underscores_at_every_depth() -> None:
    assert _body(_INSTANCE, bootDisk={"initializeParams": {"sizeGb": 1}}, canIpForward=False) == {
        "boot_disk": {"initialize_params": {"size_gb": 1}},
        "can_ip_forward": False,
    }


def test_a_block_that_may_be_repeated_is_named_in_the_singular() -> None:
    interface = {"subnetwork": "s", "accessConfigs": [{"natIp": "198.51.100.1"}]}

    assert _body(_INSTANCE, networkInterfaces=[interface]) == {
        "network_interface": [{"subnetwork": "s", "access_config": [{"nat_ip": "198.51.100.1"}]}]
    }


def test_a_list_of_plain_values_keeps_its_plural() -> None:
    assert _body("gcp:compute/firewall:Firewall", sourceRanges=["10.0.0.0/8"]) == {
        "source_ranges": ["10.0.0.0/8"]
    }


def test_the_keys_of_a_map_are_data() -> None:
    assert _body(_INSTANCE, metadata={"enable-osLogin": "TRUE"}, labels={"aB": "c"}) == {
        "metadata": {"enable-osLogin": "TRUE"},
        "labels": {"aB": "c"},
    }


def test_a_text_named_like_a_map_is_a_text() -> None:
    log_config = {"metadata": "INCLUDE_ALL_METADATA"}

    assert _body("gcp:compute/subnetwork:Subnetwork", logConfig=log_config) == {
        "log_config": log_config
    }


def test_whole_numbers_are_written_as_such() -> None:
    assert repr(_body(_NETWORK, mtu=1460.0, share=0.5)) == "{'mtu': 1460, 'share': 0.5}"


def test_what_is_not_given_is_left_out() -> None:
    assert _body(_NETWORK, mtu=None) == {}


def test_the_id_of_another_resource_becomes_a_reference() -> None:
    document = terraform_json.document(
        [
            _registered(_NETWORK, "net"),
            _registered("gcp:compute/router:Router", "router", network="net-id", name="net"),
        ]
    )

    assert document["resource"]["google_compute_router"]["router"] == {
        "network": "${google_compute_network.net.id}",
        "name": "net",
    }


def test_resources_of_other_providers_are_left_out() -> None:
    assert terraform_json.document([_registered("docker:index/network:Network", "net")]) == {
        "resource": {}
    }


def test_a_name_is_one_that_terraform_accepts() -> None:
    document = terraform_json.document([_registered(_NETWORK, "logging.logWriter")])

    assert document["resource"]["google_compute_network"].keys() == {"logging_logWriter"}


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="type: 'gcp:a:B' has no Terraform name here"):
        terraform_json.document([_registered("gcp:a:B", "it")])


def test_an_unknown_block_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="property: 'novelties' has no Terraform name"):
        _body(_INSTANCE, novelties=[{"a": 1}])
