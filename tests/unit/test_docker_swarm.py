"""DockerSwarm: which hosts form it, who manages, and what can't be in one."""

import asyncio
import json
from typing import Any

import pulumi
import pytest

from components import DockerSwarm
from components._engine_api import EngineApi, EngineError
from components._swarm_members import form, managers
from components._swarm_nodes import HOST_LABEL, Member
from components.checks import ArgumentError
from tests.unit.hosts import gce_host, ssh_host
from tests.unit.recorder import PROVIDER, STASH, Deploy, Engine, Value


def _hosts(count: int, **changes: Any) -> Any:
    return [
        ssh_host(f"ssh://deploy@198.51.100.{11 + index}", name=f"host{index + 1}", **changes)
        for index in range(count)
    ]


def test_the_hosts_are_a_docker_host_of_the_same_name_and_a_record_of_members(
    deploy: Deploy, engine: Engine, value: Value
) -> None:
    swarm = deploy(lambda: DockerSwarm("swarm", {"hosts": {"ssh": _hosts(4)}}))
    assert len(engine.of_type(PROVIDER)) == 4
    record = engine["swarm-members"]
    assert record.type == STASH
    assert record.parent == "swarm"
    assert [each["name"] for each in record.inputs["input"]["members"]] == [
        "host1",
        "host2",
        "host3",
        "host4",
    ]
    assert list(record.request.hooks.before_create) == ["swarm-form"]
    assert list(record.request.hooks.before_update) == ["swarm-form"]
    assert not record.request.hooks.before_delete
    assert value(pulumi.Output.all(*swarm.managers)) == ["host1", "host2", "host3"]
    assert value(pulumi.Output.all(*swarm.workers)) == ["host4"]


def test_the_record_holds_the_way_to_each_engine_and_no_token(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: DockerSwarm("swarm", {"hosts": {"ssh": _hosts(3)}}))
    members = engine["swarm-members"].inputs["input"]["members"]
    assert all(each["dial"][-1] == "docker system dial-stdio" for each in members)
    assert "SWMTKN" not in json.dumps(members)


def test_hosts_on_gce_reach_each_other_and_nobody_else_reaches_them_so(
    deploy: Deploy, engine: Engine
) -> None:
    gce = gce_host(engine={"live_restore": False})
    deploy(lambda: DockerSwarm("swarm", {"hosts": {"gce": gce, "count": 3}}))
    firewall = engine["swarm-swarm"].inputs
    assert {each["protocol"]: each.get("ports") for each in firewall["allows"]} == {
        "tcp": ["2377", "7946"],
        "udp": ["4789", "7946"],
        "esp": None,
    }
    assert firewall["sourceServiceAccounts"] == firewall["targetServiceAccounts"]
    assert "sourceRanges" not in firewall
    assert "swarm" not in gce


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (2, 1), (3, 3), (5, 3)])
def test_three_hosts_manage_or_one(count: int, expected: int) -> None:
    names = [f"host{index}" for index in range(count)]
    assert managers(names) == names[:expected]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"hosts": {"ssh": []}}, "names no host"),
        ({"hosts": {"ssh": _hosts(1)}, "interface": ""}, "interface: '' is empty"),
        ({"hosts": {"ssh": _hosts(1)}, "address_pool": "10.1.0.0/24"}, "is too small"),
        ({"hosts": {"ssh": _hosts(1, engine={})}}, r"hosts.ssh\[0\].engine.live_restore: True"),
        ({"hosts": {"gce": gce_host()}}, r"hosts.gce.engine.live_restore: True"),
    ],
)
def test_what_can_not_be_in_a_swarm_is_refused_before_anything_is_created(
    deploy: Deploy, engine: Engine, args: Any, said: str
) -> None:
    with pytest.raises(ArgumentError, match=said):
        deploy(lambda: DockerSwarm("swarm", args))
    assert engine.registrations == []


class _Cluster:
    """As much of a Swarm as its members' engines say."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        self.live_restore = False
        self.posts: list[tuple[str, str]] = []
        self.refusals: list[str] = []


class _FakeEngine(EngineApi):
    """The engine of one host, in a Swarm or not."""

    def __init__(self, cluster: _Cluster, name: str) -> None:
        super().__init__(f"ssh://{name}", [])
        self._cluster = cluster
        self._name = name

    async def get(self, path: str) -> Any:
        node = self._cluster.nodes.get(self._name)
        match path.split("/")[1:]:
            case ["info"]:
                return {"LiveRestoreEnabled": self._cluster.live_restore, "Swarm": _info(node)}
            case ["swarm"]:
                return {"JoinTokens": {"Manager": "token-manager", "Worker": "token-worker"}}
            case ["nodes"]:
                return list(self._cluster.nodes.values())
            case ["nodes", node_id]:
                return self._cluster.nodes[node_id.removeprefix("id-")]
            case ["tasks"]:
                return []
        raise AssertionError(path)

    async def post(self, path: str, body: Any = None, **_: object) -> Any:
        self._cluster.posts.append((self._name, path))
        match path.split("/")[1:]:
            case ["swarm", "init"]:
                self._cluster.nodes[self._name] = _node(self._name, "manager")
            case ["swarm", "join"]:
                assert body["RemoteAddrs"] == ["10.0.0.1:2377"]
                role = body["JoinToken"].removeprefix("token-")
                self._cluster.nodes[self._name] = _node(self._name, role)
            case ["swarm", "leave"]:
                pass
            case ["nodes", node_id, "update"]:
                if body["Role"] == "worker" and self._cluster.refusals:
                    raise EngineError(self.endpoint, self._cluster.refusals.pop())
                node = self._cluster.nodes[node_id.removeprefix("id-")]
                node["Spec"] = body
                if body["Role"] == "worker":
                    node.pop("ManagerStatus", None)
                else:
                    node["ManagerStatus"] = {}

    async def delete(self, path: str, **_: object) -> None:
        del self._cluster.nodes[path.rpartition("id-")[2]]


def _info(node: dict[str, Any] | None) -> dict[str, Any]:
    if node is None:
        return {"LocalNodeState": "inactive", "ControlAvailable": False}
    return {
        "LocalNodeState": "active",
        "ControlAvailable": "ManagerStatus" in node,
        "NodeID": node["ID"],
        "NodeAddr": "10.0.0.1",
    }


def _node(name: str, role: str) -> dict[str, Any]:
    node: dict[str, Any] = {
        "ID": f"id-{name}",
        "Version": {"Index": 1},
        "Spec": {"Role": role, "Availability": "active", "Labels": {}},
        "Status": {"State": "ready"},
    }
    return node | ({"ManagerStatus": {}} if role == "manager" else {})


def _form(cluster: _Cluster, names: str, leaving: str = "") -> None:
    members = [Member(name, _FakeEngine(cluster, name)) for name in names]
    gone = [Member(name, _FakeEngine(cluster, name)) for name in leaving]
    asyncio.run(form(members, gone, interface="", address_pool="10.255.0.0/16"))


def _roles(cluster: _Cluster) -> dict[str, str]:
    return {name: node["Spec"]["Role"] for name, node in cluster.nodes.items()}


def test_the_first_host_makes_the_swarm_and_the_others_join_it(engine: Engine) -> None:
    assert engine
    cluster = _Cluster()
    _form(cluster, "abcd")
    assert _roles(cluster) == {"a": "manager", "b": "manager", "c": "manager", "d": "worker"}
    labels = {name: node["Spec"]["Labels"] for name, node in cluster.nodes.items()}
    assert labels == {name: {HOST_LABEL: name} for name in "abcd"}


def test_what_is_as_it_should_be_stays_untouched(engine: Engine) -> None:
    assert engine
    cluster = _Cluster()
    _form(cluster, "abc")
    cluster.posts.clear()
    _form(cluster, "abc")
    assert cluster.posts == []


def test_a_host_that_is_new_joins_and_one_that_goes_leaves_and_is_forgotten(
    engine: Engine,
) -> None:
    assert engine
    cluster = _Cluster()
    _form(cluster, "abc")
    _form(cluster, "abd", leaving="c")
    assert _roles(cluster) == {"a": "manager", "b": "manager", "d": "manager"}
    assert ("c", "/swarm/leave") in cluster.posts


def test_a_host_leaves_once_the_managers_can_spare_it(engine: Engine) -> None:
    assert engine
    cluster = _Cluster()
    _form(cluster, "abc")
    cluster.refusals = ["rpc error: this would result in a loss of quorum"] * 2
    _form(cluster, "ab", leaving="c")
    assert set(cluster.nodes) == {"a", "b"}
    assert cluster.refusals == []


def test_any_other_refusal_is_not_waited_out(engine: Engine) -> None:
    assert engine
    cluster = _Cluster()
    _form(cluster, "abc")
    cluster.refusals = ["rpc error: update out of sequence"] * 2
    with pytest.raises(EngineError, match="out of sequence"):
        _form(cluster, "ab", leaving="c")
    assert len(cluster.refusals) == 1


def test_the_swarm_outlives_the_only_host_that_managed_it(engine: Engine) -> None:
    assert engine
    cluster = _Cluster()
    _form(cluster, "ab")
    assert _roles(cluster) == {"a": "manager", "b": "worker"}
    _form(cluster, "b", leaving="a")
    assert _roles(cluster) == {"b": "manager"}


def test_a_host_of_another_swarm_is_left_as_it_is(engine: Engine) -> None:
    assert engine
    cluster, other = _Cluster(), _Cluster()
    _form(cluster, "a")
    _form(other, "b")
    members = [Member("a", _FakeEngine(cluster, "a")), Member("b", _FakeEngine(other, "b"))]
    with pytest.raises(RuntimeError, match="ssh://b: is in another Swarm, which was left as it is"):
        asyncio.run(form(members, [], interface="", address_pool="10.255.0.0/16"))
    assert set(other.nodes) == {"b"}


def test_live_restore_is_refused_before_any_host_joins(engine: Engine) -> None:
    assert engine
    cluster = _Cluster()
    cluster.live_restore = True
    with pytest.raises(RuntimeError, match="ssh://a: live-restore is on"):
        _form(cluster, "ab")
    assert cluster.posts == []


# In place of `docker system dial-stdio`: says what it was given, and answers as an engine does.
_DIAL = """
import sys
head = b""
while not head.endswith(b"\\r\\n\\r\\n"):
    head += sys.stdin.buffer.read(1)
sys.stdout.write(sys.argv[1].replace("|", "\\r\\n"))
"""


def _api(answer: str) -> EngineApi:
    return EngineApi("ssh://box", ["python3", "-c", _DIAL, answer])


def test_an_engines_answer_is_read_from_its_standard_output() -> None:
    answer = 'HTTP/1.1 200 OK|Transfer-Encoding: chunked||8|{"a": 1}|0||'
    assert asyncio.run(_api(answer).get("/info")) == {"a": 1}


def test_an_engines_refusal_is_an_error_in_its_own_words() -> None:
    answer = 'HTTP/1.1 503 No|Content-Length: 17||{"message": "no"}'
    with pytest.raises(EngineError, match=r"^ssh://box: no$"):
        asyncio.run(_api(answer).get("/info"))


def test_a_way_that_leads_nowhere_is_an_error() -> None:
    with pytest.raises(EngineError, match="ssh://box: nothing-like-it: no such program"):
        asyncio.run(EngineApi("ssh://box", ["nothing-like-it"]).get("/info"))
    with pytest.raises(EngineError, match="ssh://box: the engine closed the connection"):
        asyncio.run(EngineApi("ssh://box", ["true"]).get("/info"))
