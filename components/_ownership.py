"""Whose a thing on a Docker host is, and what becomes of things that no state knows."""

import re
import uuid
from contextlib import closing

import pulumi
import pulumi_docker
from pulumi.output import UNKNOWN

LABEL = "org.dockyard.owner"
"""Label of all that an owner has on a host."""

_NETWORK = "docker:index/network:Network"


class Owner(pulumi.Stash):
    """A name that one state of one stack has, and no other.

    An engine that dies between creating a thing and saying so leaves it behind, unknown to the
    state, under a name that the next deployment needs. The owner's name on it tells that it may
    go. A thing of anybody else with that name stays what it was: an error, and untouched.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        # Made up by the first deployment, for good; before that a preview can't know it.
        made_up = UNKNOWN if pulumi.runtime.is_dry_run() else uuid.uuid4().hex
        once = pulumi.ResourceOptions(ignore_changes=["input"])
        super().__init__(name, input=made_up, opts=pulumi.ResourceOptions.merge(opts, once))


class OwnedProvider(pulumi_docker.Provider):
    """The provider of a ``DockerHost``; it knows whose things it makes."""

    owner: pulumi.Output[str]


def leftovers_hook(name: str, host: pulumi.Output[str | None]) -> pulumi.ResourceHook:
    """Return a hook that clears the way for a network or a container about to be created.

    Args:
        name: name of the hook, unique in the program.
        host: the engine's address.
    """

    async def remove_leftovers(args: pulumi.ResourceHookArgs) -> None:
        inputs = args.new_inputs or {}
        labels = {each["label"]: each["value"] for each in inputs.get("labels", [])}
        if LABEL in labels:
            address = await host.future()
            _remove_leftovers(str(address), args.type, inputs["name"], f"{LABEL}={labels[LABEL]}")

    return pulumi.ResourceHook(name, remove_leftovers)


def _remove_leftovers(address: str, resource_type: str, name: str, label: str) -> None:
    # A quarter of a small program's start, and only a deployment that creates things needs it.
    import docker  # noqa: PLC0415
    from requests.exceptions import RequestException  # noqa: PLC0415

    try:
        with closing(docker.APIClient(base_url=address, use_ssh_client=True)) as engine:
            if resource_type == _NETWORK:
                for found in engine.networks(names=[name], filters={"label": label}):
                    _report(name)
                    engine.remove_network(found["Id"])
            else:
                exactly = {"label": label, "name": f"^/{re.escape(name)}$"}
                for found in engine.containers(all=True, filters=exactly):
                    _report(name)
                    engine.remove_container(found["Id"], force=True)
    except (docker.errors.DockerException, RequestException):
        # The provider meets the same obstacle in a moment and has the better words for it.
        return


def _report(name: str) -> None:
    pulumi.log.warn(f"Removing {name}, which an interrupted deployment left behind.")
