"""What the stand-in gitlab provider supports, and what a change of each input does.

To be read beside the docs of pulumi-gitlab 10.4 (terraform-provider-gitlab 19): names, defaults and
consequences are the real plugin's. An input that is missing here is refused. ``computed`` means
that GitLab chooses a value where the program gives none: unknown until the resource exists, and
kept from then on.

It is simpler than the real plugin in two points. The real one asks GitLab for its edition while it
plans a protected branch; this one asks nothing. And it takes any text where the real one takes one
of a few.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from airgap.providers._fields import flag, text, text_map, text_set, whole
from airgap.providers._schema import Field, Kind, OnChange, Schema

_UPDATE: Final = OnChange.UPDATE
_REMEMBER: Final = OnChange.REMEMBER

# A setting that GitLab fills in.
_chosen_text: Final = partial(text, on_change=_UPDATE, computed=True, read=True)
_chosen_flag: Final = partial(flag, on_change=_UPDATE, computed=True, read=True)
_chosen_whole: Final = partial(whole, on_change=_UPDATE, computed=True, read=True)

_PROJECT: Final = text(required=True)

GROUP: Final = Schema(
    inputs={
        "name": text(on_change=_UPDATE),
        "path": text(required=True, on_change=_UPDATE),
        "description": text(on_change=_UPDATE),
        "visibilityLevel": _chosen_text(),
    },
    outputs=["avatarUrl", "fullName", "fullPath", "runnersToken", "webUrl"],
)

PROJECT: Final = Schema(
    inputs={
        "name": text(on_change=_UPDATE),
        "path": _chosen_text(),
        # Moves the project to another group.
        "namespaceId": _chosen_whole(),
        "description": text(on_change=_UPDATE),
        "defaultBranch": _chosen_text(),
        "visibilityLevel": _chosen_text(),
        # Heeded at creation alone.
        "initializeWithReadme": flag(on_change=_REMEMBER),
    },
    outputs=[
        "avatarUrl",
        "emptyRepo",
        "httpUrlToRepo",
        "pathWithNamespace",
        "runnersToken",
        "sshUrlToRepo",
        "webUrl",
    ],
)

PROJECT_VARIABLE: Final = Schema(
    inputs={
        "project": _PROJECT,
        "key": text(required=True),
        "value": text(required=True, on_change=_UPDATE),
        "description": _chosen_text(),
        "environmentScope": text(default="*"),
        "hidden": flag(computed=True, read=True),
        "masked": _chosen_flag(),
        "protected": _chosen_flag(),
        "raw": _chosen_flag(),
        "variableType": _chosen_text(),
    },
    outputs=[],
    auto_named=False,
)

TAG_PROTECTION: Final = Schema(
    inputs={
        "project": _PROJECT,
        "tag": text(required=True),
        "createAccessLevel": text(default="maintainer"),
    },
    outputs=[],
    auto_named=False,
)

BRANCH_PROTECTION: Final = Schema(
    inputs={
        "project": _PROJECT,
        "branch": text(required=True),
        "mergeAccessLevel": text(computed=True, read=True),
        "pushAccessLevel": text(computed=True, read=True),
        "allowForcePush": flag(default=False, on_change=_UPDATE),
    },
    outputs=["branchProtectionId"],
    auto_named=False,
)

PROJECT_ACCESS_TOKEN: Final = Schema(
    inputs={
        "project": _PROJECT,
        "name": text(),
        "scopes": text_set(required=True),
        "accessLevel": text(default="maintainer"),
        # In place: GitLab makes the user another token.
        "rotationConfiguration": Field(
            kind=Kind.RECORD,
            on_change=_UPDATE,
            fields={
                "expirationDays": whole(required=True, on_change=_UPDATE),
                "rotateBeforeDays": whole(required=True, on_change=_UPDATE),
            },
        ),
    },
    outputs=["active", "createdAt", "expiresAt", "revoked", "token", "userId"],
)

PROJECT_DEPLOY_TOKEN: Final = Schema(
    inputs={
        "project": _PROJECT,
        "name": text(),
        "scopes": text_set(required=True),
        "username": text(computed=True, read=True),
        "expiresAt": text(computed=True, read=True),
    },
    outputs=["expired", "revoked", "token"],
)

PROJECT_ENVIRONMENT: Final = Schema(
    inputs={
        "project": _PROJECT,
        "name": text(),
        "description": text(on_change=_UPDATE),
        "externalUrl": text(on_change=_UPDATE),
        "tier": _chosen_text(),
        "stopBeforeDestroy": flag(default=False, on_change=_REMEMBER),
    },
    outputs=["autoStopAt", "createdAt", "slug", "state", "updatedAt"],
)

INTEGRATION_SLACK: Final = Schema(
    inputs={
        "project": _PROJECT,
        "webhook": text(required=True, on_change=_UPDATE),
        "username": text(on_change=_UPDATE),
        "branchesToBeNotified": _chosen_text(),
        "notifyOnlyBrokenPipelines": _chosen_flag(),
        "confidentialIssueChannel": text(on_change=_UPDATE),
        "confidentialIssuesEvents": _chosen_flag(),
        "confidentialNoteChannel": text(on_change=_UPDATE),
        "confidentialNoteEvents": _chosen_flag(),
        "issueChannel": text(on_change=_UPDATE),
        "issuesEvents": _chosen_flag(),
        "mergeRequestChannel": text(on_change=_UPDATE),
        "mergeRequestsEvents": _chosen_flag(),
        "noteChannel": text(on_change=_UPDATE),
        "noteEvents": _chosen_flag(),
        "pipelineChannel": text(on_change=_UPDATE),
        "pipelineEvents": _chosen_flag(),
        "pushChannel": text(on_change=_UPDATE),
        "pushEvents": _chosen_flag(),
        "tagPushChannel": text(on_change=_UPDATE),
        "tagPushEvents": _chosen_flag(),
        "wikiPageChannel": text(on_change=_UPDATE),
        "wikiPageEvents": _chosen_flag(),
    },
    outputs=["jobEvents"],
    auto_named=False,
)

PIPELINE_SCHEDULE: Final = Schema(
    inputs={
        "project": _PROJECT,
        "description": text(required=True, on_change=_UPDATE),
        "ref": text(required=True, on_change=_UPDATE),
        "cron": text(required=True, on_change=_UPDATE),
        "cronTimezone": text(default="UTC", on_change=_UPDATE),
        "active": flag(default=True, on_change=_UPDATE),
    },
    outputs=["owner", "pipelineScheduleId"],
    auto_named=False,
)

USER_RUNNER: Final = Schema(
    inputs={
        "runnerType": text(required=True),
        "groupId": whole(),
        "projectId": whole(),
        "description": _chosen_text(),
        "tagLists": text_set(on_change=_UPDATE, computed=True, read=True),
        "untagged": _chosen_flag(),
        "locked": _chosen_flag(),
        "paused": _chosen_flag(),
        "accessLevel": _chosen_text(),
        "maximumTimeout": _chosen_whole(),
    },
    outputs=["token"],
    auto_named=False,
)

RESOURCES: Final[Mapping[str, Schema]] = {
    "gitlab:index/branchProtection:BranchProtection": BRANCH_PROTECTION,
    "gitlab:index/group:Group": GROUP,
    "gitlab:index/integrationSlack:IntegrationSlack": INTEGRATION_SLACK,
    "gitlab:index/pipelineSchedule:PipelineSchedule": PIPELINE_SCHEDULE,
    "gitlab:index/project:Project": PROJECT,
    "gitlab:index/projectAccessToken:ProjectAccessToken": PROJECT_ACCESS_TOKEN,
    "gitlab:index/projectDeployToken:ProjectDeployToken": PROJECT_DEPLOY_TOKEN,
    "gitlab:index/projectEnvironment:ProjectEnvironment": PROJECT_ENVIRONMENT,
    "gitlab:index/projectVariable:ProjectVariable": PROJECT_VARIABLE,
    "gitlab:index/tagProtection:TagProtection": TAG_PROTECTION,
    "gitlab:index/userRunner:UserRunner": USER_RUNNER,
}

PROVIDER: Final = {
    "baseUrl": text(),
    "token": text(),
    "cacertFile": text(),
    "clientCert": text(),
    "clientKey": text(),
    "earlyAuthCheck": flag(),
    "headers": text_map(),
    "insecure": flag(),
    "retries": whole(),
}
"""The provider's own settings; taken and not used, as nothing is reached."""
