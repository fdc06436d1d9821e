"""ContainerApp: any services, in health order, with the networks and volumes that they name."""

from copy import deepcopy
from typing import Any

import pulumi
import pytest

from components import ContainerApp, ContainerAppArgs
from components.checks import ArgumentError
from tests.unit.recorder import CONTAINER, VOLUME, Deploy, Engine, Value

ARGS: ContainerAppArgs = {
    "prefix": "shop",
    "network_ids": {"outside": "outside-id", "inside": "inside-id"},
    "services": {
        "web": {
            "image": "web:1",
            "networks": {"outside": [], "inside": []},
            "health_command": ["true"],
            "after": ["cache", "store"],
            "ports": [{"internal": 80, "external": 8080}],
        },
        "store": {
            "image": "store:1",
            "networks": {"inside": ["store", "db"]},
            "health_command": ["true"],
            "after": ["cache"],
            "volumes": {"files": "/var/lib/store"},
        },
        "cache": {"image": "cache:1", "networks": {"inside": []}, "health_command": ["true"]},
    },
    "volumes": {"files": {}},
}


def _with(service: str, **changes: Any) -> Any:
    args: Any = deepcopy(ARGS)
    args["services"][service] = {**args["services"][service], **changes}
    return args


def test_each_service_waits_for_the_ones_that_it_needs(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: ContainerApp("shop", ARGS))
    waits = {name: each.depends_on for name, each in engine.of_type(CONTAINER).items()}
    assert {name: depends & set(waits) for name, depends in waits.items()} == {
        "shop-cache": set(),
        "shop-store": {"shop-cache"},
        "shop-web": {"shop-cache", "shop-store"},
    }


def test_a_service_is_on_the_networks_that_it_names_and_on_no_other(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: ContainerApp("shop", ARGS))
    joined = {
        name: {each["name"]: each.get("aliases", []) for each in made.inputs["networksAdvanced"]}
        for name, made in engine.of_type(CONTAINER).items()
    }
    assert joined == {
        "shop-web": {"outside-id": [], "inside-id": []},
        "shop-store": {"inside-id": ["store", "db"]},
        "shop-cache": {"inside-id": []},
    }


def test_a_volume_is_kept_unless_its_owner_says_otherwise(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        ContainerApp("kept", ARGS)
        ContainerApp("dropped", {**ARGS, "prefix": "b", "volumes": {"files": {"keep": False}}})
        ContainerApp("guarded", {**ARGS, "prefix": "c", "volumes": {"files": {"protect": True}}})

    deploy(program)
    made = engine.of_type(VOLUME)
    assert {name: each.request.retainOnDelete for name, each in made.items()} == {
        "kept-files": True,
        "dropped-files": False,
        "guarded-files": True,
    }
    assert [name for name, each in made.items() if each.request.protect] == ["guarded-files"]


def test_every_container_is_limited_and_without_privileges(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: ContainerApp("shop", ARGS))
    containers = engine.of_type(CONTAINER)
    assert len(containers) == 3
    for made in containers.values():
        assert made.inputs["readOnly"] is True
        assert made.inputs["capabilities"] == {"drops": ["ALL"]}
        assert made.inputs["securityOpts"] == ["no-new-privileges:true"]
        assert made.inputs["memory"] == 128
        assert made.inputs["ulimits"] == [{"name": "nproc", "soft": 512, "hard": 512}]


def test_names_come_out_by_role(deploy: Deploy, value: Value) -> None:
    app = deploy(lambda: ContainerApp("shop", ARGS))
    assert value(pulumi.Output.all(**app.container_names)) == {
        "web": "shop-web",
        "store": "shop-store",
        "cache": "shop-cache",
    }
    assert value(pulumi.Output.all(**app.volume_names)) == {"files": "shop-files"}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (_with("cache", networks={}), "services['cache'].networks: {} is empty"),
        (_with("cache", health_command=[]), "services['cache'].health_command: [] is empty"),
        (
            _with("cache", networks={"side": []}),
            "services['cache'].networks: 'side' is not among the ones of the application (outside,",
        ),
        (
            _with("store", volumes={"other": "/data"}),
            "services['store'].volumes: 'other' is not among the ones of the application (files)",
        ),
        (
            _with("store", after=["queue"]),
            "services['store'].after: 'queue' is not among the ones of the application (web,",
        ),
        (_with("cache", after=["web"]), "is a circle, and none of them could ever start"),
        (
            _with("cache", ports=[{"internal": 1, "external": 8080}]),
            "ports[1]: '127.0.0.1:8080' is given twice",
        ),
        (
            _with("cache", ports=[{"internal": 0, "external": 8081}]),
            "services['cache'].ports[0].internal: 0 is not a whole number",
        ),
        (
            _with("store", volumes={"files": "data"}),
            "services['store'].volumes: 'data' is not an absolute path",
        ),
        (_with("cache", processes=0), "services['cache'].processes: 0 is not a whole number"),
        (_with("cache", image="cache"), "services['cache'].image: 'cache' means another image"),
        ({**ARGS, "volumes": {"files": {}, "more": {"name": "files"}}}, "volumes[1]: 'files' is"),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_registered(
    deploy: Deploy, engine: Engine, args: Any, message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        deploy(lambda: ContainerApp("shop", args))
    assert message in str(refusal.value)
    assert engine.registrations == []
