"""``docker:index/network:Network``."""

import ipaddress
import time
from collections.abc import Mapping
from typing import Any, Final

from docker.errors import APIError, NotFound
from docker.types import IPAMConfig, IPAMPool

from airgap.providers._errors import ProviderError
from airgap.providers._states import merged, updated
from airgap.providers._values import Properties
from airgap.providers.docker.engine import Engine, explain, is_missing
from airgap.providers.docker.labels import as_dict, as_records, described
from airgap.providers.docker.table import NETWORK

# Containers of the same run may still be on their way out.
_REMOVE_SECONDS: Final = 30.0
_RETRY_SECONDS: Final = 0.2


class Network:
    """Networks of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Create a network under a name that no other has: older engines allow two."""
        name = inputs["name"]
        with self._engine.doing(f"create the network {name}"):
            self._refuse_taken_name(name)
            network_id = self._create(inputs)
            found = self._engine.api.inspect_network(network_id)
        return network_id, merged(NETWORK, inputs, _as_read(found))

    def read(self, resource_id: str, state: Properties) -> tuple[str, Properties] | None:
        """The network as it is now."""
        with self._engine.doing(f"read the network {state.get('name', resource_id)}"):
            found = self._inspect(resource_id)
        if found is None:
            return None
        return found["Id"], merged(NETWORK, state, _as_read(found))

    def update(self, resource_id: str, state: Properties, inputs: Properties) -> Properties:
        """Nothing of a network changes in place."""
        return updated(NETWORK, state, inputs)

    def delete(self, resource_id: str, state: Properties) -> None:
        """Remove the network once nothing is attached any more."""
        name = state.get("name", resource_id)
        deadline = time.monotonic() + _REMOVE_SECONDS
        with self._engine.doing(f"remove the network {name}"):
            while True:
                try:
                    self._engine.api.remove_network(resource_id)
                except APIError as error:
                    if is_missing(error):
                        return
                    # The second one is an overlay network's, used by a service.
                    reason = explain(error)
                    in_use = "has active endpoints" in reason or "is in use by" in reason
                    if not in_use:
                        raise
                    if time.monotonic() > deadline or self._engine.cancelled.is_set():
                        raise ProviderError(self._still_in_use(resource_id, name)) from None
                    time.sleep(_RETRY_SECONDS)
                else:
                    return

    def _create(self, inputs: Mapping[str, Any]) -> str:
        try:
            created = self._engine.api.create_network(
                inputs["name"],
                driver=inputs.get("driver"),
                options=inputs.get("options"),
                ipam=_ipam(inputs),
                check_duplicate=True,
                internal=inputs.get("internal", False),
                labels=as_dict(inputs.get("labels", [])),
                enable_ipv6=inputs.get("ipv6", False),
                attachable=inputs.get("attachable", False),
            )
        except APIError as error:
            reason = explain(error)
            if "overlap" in reason and (others := self._overlapping(inputs)):
                message = (
                    f"can't create the network {inputs['name']}: ipamConfigs has a subnet that "
                    f"overlaps with {', '.join(others)}; choose another subnet, "
                    "or remove that network"
                )
                raise ProviderError(message) from None
            raise
        return str(created["Id"])

    def _refuse_taken_name(self, name: str) -> None:
        taken = [net for net in self._engine.api.networks(names=[name]) if net["Name"] == name]
        if taken:
            message = (
                f"can't create the network {name}: name is '{name}', which the network "
                f"{taken[0]['Id'][:12]} ({described(taken[0].get('Labels'))}) already has; "
                f"if an interrupted run left it behind, remove it with `docker network rm {name}` "
                "and run again, else choose another name"
            )
            raise ProviderError(message)

    def _overlapping(self, inputs: Mapping[str, Any]) -> list[str]:
        wanted = [
            ipaddress.ip_network(config["subnet"], strict=False)
            for config in inputs.get("ipamConfigs", [])
            if config.get("subnet")
        ]
        return [
            f"{network['Name']} ({config['Subnet']})"
            for network in self._engine.api.networks()
            for config in network["IPAM"].get("Config") or []
            for subnet in wanted
            if subnet.overlaps(ipaddress.ip_network(config["Subnet"], strict=False))
        ]

    def _still_in_use(self, network_id: str, name: str) -> str:
        found = self._inspect(network_id) or {}
        users = sorted(item["Name"] for item in found.get("Containers", {}).values())
        return (
            f"can't remove the network {name}: it is still used by {', '.join(users) or 'others'}; "
            f"disconnect them (`docker network disconnect -f {name} CONTAINER`), then run again"
        )

    def _inspect(self, network_id: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._engine.api.inspect_network(network_id)
        except NotFound:
            return None
        return found


def _ipam(inputs: Mapping[str, Any]) -> IPAMConfig:
    pools = [
        IPAMPool(
            subnet=config.get("subnet"),
            iprange=config.get("ipRange"),
            gateway=config.get("gateway"),
            aux_addresses=config.get("auxAddress"),
        )
        for config in inputs.get("ipamConfigs", [])
    ]
    return IPAMConfig(inputs["ipamDriver"], pools)


def _as_read(found: Mapping[str, Any]) -> Properties:
    return {
        "name": found["Name"],
        "labels": as_records(found["Labels"]),
        "driver": found["Driver"],
        "options": found["Options"] or {},
        "internal": found["Internal"],
        "attachable": found["Attachable"],
        "ipv6": found["EnableIPv6"],
        "ipamDriver": found["IPAM"]["Driver"],
        "ipamConfigs": [
            {
                name: value
                for name, value in (
                    ("subnet", config.get("Subnet")),
                    ("ipRange", config.get("IPRange")),
                    ("gateway", config.get("Gateway")),
                    ("auxAddress", config.get("AuxiliaryAddresses")),
                )
                if value
            }
            for config in found["IPAM"].get("Config") or []
        ],
        "scope": found["Scope"],
    }
