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

from airgap.providers._schema import Field, Kind, OnChange, Schema

_text: Final = partial(Field, kind=Kind.TEXT)
_flag: Final = partial(Field, kind=Kind.FLAG)
_whole: Final = partial(Field, kind=Kind.WHOLE)
_text_set: Final = partial(Field, kind=Kind.TEXT_SET)
_text_map: Final = partial(Field, kind=Kind.TEXT_MAP)

_UPDATE: Final = OnChange.UPDATE
_REMEMBER: Final = OnChange.REMEMBER

# A setting that GitLab fills in.
_chosen_text: Final = partial(_text, on_change=_UPDATE, computed=True, read=True)
_chosen_flag: Final = partial(_flag, on_change=_UPDATE, computed=True, read=True)
_chosen_whole: Final = partial(_whole, on_change=_UPDATE, computed=True, read=True)

_PROJECT: Final = _text(required=True)

GROUP: Final = Schema(
    inputs={
        "name": _text(on_change=_UPDATE),
        "path": _text(required=True, on_change=_UPDATE),
        "description": _text(on_change=_UPDATE),
        "visibilityLevel": _chosen_text(),
    },
    outputs=["avatarUrl", "fullName", "fullPath", "runnersToken", "webUrl"],
)

PROJECT: Final = Schema(
    inputs={
        "name": _text(on_change=_UPDATE),
        "path": _chosen_text(),
        # Moves the project to another group.
        "namespaceId": _chosen_whole(),
        "description": _text(on_change=_UPDATE),
        "defaultBranch": _chosen_text(),
        "visibilityLevel": _chosen_text(),
        # Heeded at creation alone.
        "initializeWithReadme": _flag(on_change=_REMEMBER),
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
        "key": _text(required=True),
        "value": _text(required=True, on_change=_UPDATE),
        "description": _chosen_text(),
        "environmentScope": _text(default="*"),
        "hidden": _flag(computed=True, read=True),
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
        "tag": _text(required=True),
        "createAccessLevel": _text(default="maintainer"),
    },
    outputs=[],
    auto_named=False,
)

BRANCH_PROTECTION: Final = Schema(
    inputs={
        "project": _PROJECT,
        "branch": _text(required=True),
        "mergeAccessLevel": _text(computed=True, read=True),
        "pushAccessLevel": _text(computed=True, read=True),
        "allowForcePush": _flag(default=False, on_change=_UPDATE),
    },
    outputs=["branchProtectionId"],
    auto_named=False,
)

PROJECT_ACCESS_TOKEN: Final = Schema(
    inputs={
        "project": _PROJECT,
        "name": _text(),
        "scopes": _text_set(required=True),
        "accessLevel": _text(default="maintainer"),
        # In place: GitLab makes the user another token.
        "rotationConfiguration": Field(
            kind=Kind.RECORD,
            on_change=_UPDATE,
            fields={
                "expirationDays": _whole(required=True, on_change=_UPDATE),
                "rotateBeforeDays": _whole(required=True, on_change=_UPDATE),
            },
        ),
    },
    outputs=["active", "createdAt", "expiresAt", "revoked", "token", "userId"],
)

PROJECT_DEPLOY_TOKEN: Final = Schema(
    inputs={
        "project": _PROJECT,
        "name": _text(),
        "scopes": _text_set(required=True),
        "username": _text(computed=True, read=True),
        "expiresAt": _text(computed=True, read=True),
    },
    outputs=["expired", "revoked", "token"],
)

PROJECT_ENVIRONMENT: Final = Schema(
    inputs={
        "project": _PROJECT,
        "name": _text(),
        "description": _text(on_change=_UPDATE),
        "externalUrl": _text(on_change=_UPDATE),
        "tier": _chosen_text(),
        "stopBeforeDestroy": _flag(default=False, on_change=_REMEMBER),
    },
    outputs=["autoStopAt", "createdAt", "slug", "state", "updatedAt"],
)

INTEGRATION_SLACK: Final = Schema(
    inputs={
        "project": _PROJECT,
        "webhook": _text(required=True, on_change=_UPDATE),
        "username": _text(on_change=_UPDATE),
        "branchesToBeNotified": _chosen_text(),
        "notifyOnlyBrokenPipelines": _chosen_flag(),
        "confidentialIssueChannel": _text(on_change=_UPDATE),
        "confidentialIssuesEvents": _chosen_flag(),
        "confidentialNoteChannel": _text(on_change=_UPDATE),
        "confidentialNoteEvents": _chosen_flag(),
        "issueChannel": _text(on_change=_UPDATE),
        "issuesEvents": _chosen_flag(),
        "mergeRequestChannel": _text(on_change=_UPDATE),
        "mergeRequestsEvents": _chosen_flag(),
        "noteChannel": _text(on_change=_UPDATE),
        "noteEvents": _chosen_flag(),
        "pipelineChannel": _text(on_change=_UPDATE),
        "pipelineEvents": _chosen_flag(),
        "pushChannel": _text(on_change=_UPDATE),
        "pushEvents": _chosen_flag(),
        "tagPushChannel": _text(on_change=_UPDATE),
        "tagPushEvents": _chosen_flag(),
        "wikiPageChannel": _text(on_change=_UPDATE),
        "wikiPageEvents": _chosen_flag(),
    },
    outputs=["jobEvents"],
    auto_named=False,
)

PIPELINE_SCHEDULE: Final = Schema(
    inputs={
        "project": _PROJECT,
        "description": _text(required=True, on_change=_UPDATE),
        "ref": _text(required=True, on_change=_UPDATE),
        "cron": _text(required=True, on_change=_UPDATE),
        "cronTimezone": _text(default="UTC", on_change=_UPDATE),
        "active": _flag(default=True, on_change=_UPDATE),
    },
    outputs=["owner", "pipelineScheduleId"],
    auto_named=False,
)

USER_RUNNER: Final = Schema(
    inputs={
        "runnerType": _text(required=True),
        "groupId": _whole(),
        "projectId": _whole(),
        "description": _chosen_text(),
        "tagLists": _text_set(on_change=_UPDATE, computed=True, read=True),
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
    "baseUrl": _text(),
    "token": _text(),
    "cacertFile": _text(),
    "clientCert": _text(),
    "clientKey": _text(),
    "earlyAuthCheck": _flag(),
    "headers": _text_map(),
    "insecure": _flag(),
    "retries": _whole(),
}
"""The provider's own settings; taken and not used, as nothing is reached."""
