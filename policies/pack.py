"""The pack: every rule as a policy of Pulumi's, less the recorded exceptions."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policies import containers, data, firewalls, instances, plain_secrets
from policies.exceptions import Exceptions, read
from policies.rules import Finding, Resource, Rule, StackRule, message
from policies.values import visible

RULES: Final = (
    *containers.RULES,
    *plain_secrets.RULES,
    *firewalls.RULES,
    *instances.RULES,
    *data.RULES,
)
"""Every rule for a single resource."""

STACK_RULES: Final = data.STACK_RULES
"""Every rule for a stack's resources together."""

_EXCEPTIONS_FILE = Path(__file__).with_name("exceptions.yaml")


def policies() -> list[Policy]:
    """Return the pack's policies, with the exceptions that are recorded in this folder."""
    names = {rule.name for rule in (*RULES, *STACK_RULES)}
    today = datetime.now().astimezone().date()
    exceptions = read(_EXCEPTIONS_FILE.read_text(encoding="utf-8"), names, today)
    return assemble(exceptions)


def assemble(exceptions: Exceptions) -> list[Policy]:
    """Return the pack's policies with the given exceptions.

    Args:
        exceptions: where the rules may be broken.
    """
    return [
        *(_resource_policy(rule, exceptions) for rule in RULES),
        *(_stack_policy(rule, exceptions) for rule in STACK_RULES),
        StackValidationPolicy(
            "exceptions-valid",
            "Every recorded exception must have a reason, a known policy and time left.",
            lambda _, report: _report_all(exceptions.problems, report),
        ),
        StackValidationPolicy(
            "exceptions-needed",
            "A recorded exception should go when nothing needs it any more.",
            lambda args, report: _report_all(
                exceptions.needless([_of_stack(each) for each in args.resources]), report
            ),
            EnforcementLevel.ADVISORY,
        ),
    ]


def _resource_policy(rule: Rule, exceptions: Exceptions) -> ResourceValidationPolicy:
    def findings(args: ResourceValidationArgs) -> list[str]:
        if not rule.judges(args.resource_type):
            return []
        return _messages(rule, _of_one(args), exceptions)

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        _report_all(findings(args), report)

    if rule.sees_marks:
        return _policy_that_sees_marks(rule, findings)
    return ResourceValidationPolicy(rule.name, rule.description, validate)


def _policy_that_sees_marks(
    rule: Rule, findings: Callable[[ResourceValidationArgs], list[str]]
) -> ResourceValidationPolicy:
    """Return a policy that looks while marks are visible, and speaks when it may refuse.

    The SDK shows which values are marked secret to remediations alone. The engine calls them first,
    for every resource, if the policy's level says so; what they leave is then refused as if
    mandatory. This one changes nothing: a value that was plain is no secret any more.
    """
    seen: dict[str, list[str]] = {}

    def look(args: ResourceValidationArgs) -> None:
        seen[args.urn] = findings(args)

    def refuse(args: ResourceValidationArgs, report: ReportViolation) -> None:
        _report_all(seen.pop(args.urn, []), report)

    return ResourceValidationPolicy(
        rule.name, rule.description, refuse, EnforcementLevel.REMEDIATE, remediate=look
    )


def _stack_policy(rule: StackRule, exceptions: Exceptions) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for resource, finding in rule.check([_of_stack(each) for each in args.resources]):
            if not exceptions.cover(rule.name, resource):
                report(message(rule, resource, finding), resource.urn)

    return StackValidationPolicy(rule.name, rule.description, validate)


def _messages(rule: Rule, resource: Resource, exceptions: Exceptions) -> list[str]:
    found: list[Finding] = list(rule.check(resource))
    if not found or exceptions.cover(rule.name, resource):
        return []
    return [message(rule, resource, finding) for finding in found]


def _report_all(messages: Iterable[str], report: ReportViolation) -> None:
    for each in messages:
        report(each, None)


def _of_one(args: ResourceValidationArgs) -> Resource:
    return Resource(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        protect=args.opts.protect,
        properties=visible(args.props),
    )


def _of_stack(resource: PolicyResource) -> Resource:
    return Resource(
        type=resource.resource_type,
        name=resource.name,
        urn=resource.urn,
        protect=resource.opts.protect,
        properties=visible(resource.props),
        sources={
            key: frozenset(each.urn for each in sources)
            for key, sources in resource.property_dependencies.items()
        },
    )
