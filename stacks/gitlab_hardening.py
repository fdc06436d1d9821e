"""What GitLab's own hardening guide asks of a whole instance, as far as the Community Edition goes.

Left out: Admin Mode, since the API refuses administration to a token without a scope of its own
then, and what belongs to paid editions (password rules, push rules).
"""

import pulumi

_FORBIDDEN = -1
_SMALLEST_RSA_BITS = 2048
_GRACE_HOURS = 8


def harden(name: str, opts: pulumi.ResourceOptions) -> None:
    """Set an instance's settings: nobody signs up, little is public, old keys are refused."""
    # A tenth of a second, which stacks without GitLab never pay.
    import pulumi_gitlab as gitlab  # noqa: PLC0415

    gitlab.ApplicationSettings(
        name,
        signup_enabled=False,
        require_admin_approval_after_user_signup=True,
        email_confirmation_setting="hard",
        require_two_factor_authentication=True,
        two_factor_grace_period=_GRACE_HOURS,
        default_project_visibility="private",
        default_group_visibility="private",
        default_snippet_visibility="private",
        restricted_visibility_levels=["public"],
        import_sources=["git"],
        dsa_key_restriction=_FORBIDDEN,
        rsa_key_restriction=_SMALLEST_RSA_BITS,
        gravatar_enabled=False,
        allow_local_requests_from_system_hooks=False,
        allow_local_requests_from_web_hooks_and_services=False,
        dns_rebinding_protection_enabled=True,
        allow_runner_registration_token=False,
        version_check_enabled=True,
        opts=opts,
    )
