"""Puts resources before the pack as the engine does, without an engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import deserialize_properties, serialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

from policies import pack
from policies.exceptions import Exceptions

Verdict = dict[str, list[str]]
"""The messages of each policy that was broken."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One resource to be judged.

    Args:
        type: its type token.
        properties: its properties; a ``pulumi_policy.Secret`` is a marked one.
        name: its logical name.
        stack: the stack's name.
        protect: whether it is protected.
        sources: the samples that a property was made from.
    """

    type: str
    properties: Mapping[str, Any]
    name: str = "it"
    stack: str = "dev"
    protect: bool = False
    sources: Mapping[str, Sequence["Sample"]] = field(default_factory=dict)

    @property
    def urn(self) -> str:
        """Return its URN."""
        return f"urn:pulumi:{self.stack}::dockyard::{self.type}::{self.name}"


def judge(*samples: Sample, exceptions: Exceptions | None = None) -> Verdict:
    """Judge the resources of a stack."""
    verdict: Verdict = {}
    policies = pack.assemble(exceptions or Exceptions([]))
    for policy in policies:

        def report(text: str, urn: str | None = None, name: str = policy.name) -> None:
            verdict.setdefault(name, []).append(text)

        if isinstance(policy, ResourceValidationPolicy):
            for sample in samples:
                if policy.has_remediation():
                    assert policy.remediate(_alone(sample, marks=True)) is None
                policy.validate(_alone(sample, marks=False), report)
        if isinstance(policy, StackValidationPolicy):
            policy.validate(_together(samples), report)
    return verdict


def paths(verdict: Verdict) -> dict[str, list[str]]:
    """Return the properties that each broken policy names."""
    return {
        policy: [message.partition(": ")[0] for message in messages]
        for policy, messages in verdict.items()
    }


def _alone(sample: Sample, *, marks: bool) -> ResourceValidationArgs:
    return ResourceValidationArgs(
        sample.type, _received(sample, marks=marks), sample.urn, sample.name, _options(sample), None
    )


def _together(samples: Sequence[Sample]) -> StackValidationArgs:
    resources = {sample.urn: _resource(sample) for sample in samples}
    for sample in samples:
        resources[sample.urn].property_dependencies = {
            key: [resources[each.urn] for each in sources]
            for key, sources in sample.sources.items()
        }
    return StackValidationArgs(list(resources.values()))


def _resource(sample: Sample) -> PolicyResource:
    properties = _received(sample, marks=False)
    return PolicyResource(
        sample.type,
        properties,
        sample.urn,
        sample.name,
        _options(sample),
        None,
        None,
        [],
        {},
    )


def _received(sample: Sample, *, marks: bool) -> dict[str, Any]:
    """Send properties through the SDK's own coding, both ways."""
    sent = dict(serialize_properties(sample.properties))
    return unknown_checking_proxy(deserialize_properties(sent, proxy_secrets=marks))


def _options(sample: Sample) -> PolicyResourceOptions:
    return PolicyResourceOptions(
        sample.protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [], None
    )
