"""What Slack's error codes mean for us: one table for every method that we call.

The codes stand under "Errors" on each method's page, such as https://docs.slack.dev/reference/methods/chat.postMessage;
those of a `response_url` on https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """What is to be done about a refusal."""

    #: Nothing can be had in that place, or of that person: the card is given up, and others are asked.
    GONE = "gone"
    #: Somebody has to change something in Slack: admins are told, and it is tried again ever more seldom.
    ADMIN = "admin"
    #: It passes by itself.
    LATER = "later"
    #: Our own call is at fault: logged. The same call again would be refused again.
    OURS = "ours"
    #: In no table of Slack's that we know: tried again ever more seldom, and told if it lasts.
    UNKNOWN = "unknown"


class Reach(StrEnum):
    """How far a refusal reaches: what is not asked for meanwhile, because it would be refused as well."""

    #: All that goes by this token.
    TOKEN = "token"  # noqa: S105  no password
    #: This method.
    METHOD = "method"
    #: This method in this conversation, or for this person.
    PLACE = "place"
    #: This call alone.
    CALL = "call"


@dataclass(frozen=True)
class Code:
    """What a code means, how far it reaches, and what an admin can do about it (`{place}`: where it was refused)."""

    meaning: Meaning
    reach: Reach
    remedy: str = ""


_NEW_TOKEN = "Its token is no longer valid: install the app again."  # noqa: S105  no token
_CHANNEL_SETTING = (
    "A setting in Slack keeps Signoff from posting in {place}: change it, or name another channel in workspace.toml."
)
_SHUT_BY_ADMINS = "Your Slack admins do not let Signoff write in {place}: ask them to, or name another channel."
_NETWORK = "Slack does not take calls from this network: ask your Slack admins to allow this server's IP address."
_POLICY = "A policy of your Slack organisation forbids it: ask its admins."
_APP_SETTINGS = "Compare SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and the redirect URL with the app's page at Slack."


def _each(meaning: Meaning, reach: Reach, *names: str, remedy: str = "") -> dict[str, Code]:
    return dict.fromkeys(names, Code(meaning, reach, remedy))


CODES: dict[str, Code] = {
    # --- gone ---
    **_each(Meaning.GONE, Reach.CALL, "channel_not_found", "is_archived", "is_inactive", "channel_is_archived"),
    **_each(Meaning.GONE, Reach.CALL, "method_not_supported_for_channel_type", "channel_type_not_supported"),
    **_each(Meaning.GONE, Reach.CALL, "user_disabled", "user_not_found", "users_not_found", "user_not_visible"),
    **_each(Meaning.GONE, Reach.CALL, "cannot_dm_bot", "invalid_user_combination", "not_enough_users"),
    **_each(Meaning.GONE, Reach.CALL, "user_not_in_channel", "users_list_not_supplied", "too_many_users"),
    **_each(Meaning.GONE, Reach.CALL, "thread_not_found", "cannot_reply_to_message", "invalid_thread_ts"),
    **_each(Meaning.GONE, Reach.CALL, "message_not_found", "cant_update_message", "edit_window_closed"),
    **_each(Meaning.GONE, Reach.CALL, "message_not_owned_by_app", "block_mismatch"),
    # Of an installation, and of a response_url: only a new one helps, and a person has to ask for that.
    **_each(Meaning.GONE, Reach.CALL, "invalid_code", "code_already_used", "invalid_refresh_token"),
    **_each(Meaning.GONE, Reach.CALL, "expired_url", "used_url", "no_active_hooks", "no_service", "no_team"),
    # Our own word for what users.info says of a member who was deactivated.
    **_each(Meaning.GONE, Reach.CALL, "member_deactivated"),
    # --- an admin ---
    **_each(Meaning.ADMIN, Reach.TOKEN, "not_authed", "invalid_auth", "account_inactive", remedy=_NEW_TOKEN),
    **_each(Meaning.ADMIN, Reach.TOKEN, "token_revoked", "token_expired", "invalid_token", remedy=_NEW_TOKEN),
    "not_allowed_token_type": Code(
        Meaning.ADMIN, Reach.TOKEN, "It is not a bot token: install the app from docs/slack-manifest.yaml."
    ),
    # Of one workspace; the token of an organisation is good for its others.
    "team_access_not_granted": Code(
        Meaning.ADMIN,
        Reach.PLACE,
        "The app is in your organisation, but not in this workspace: ask an admin of the organisation to add it.",
    ),
    "two_factor_setup_required": Code(
        Meaning.ADMIN, Reach.TOKEN, "The person who installed the app has to set up two-factor sign-in at Slack first."
    ),
    **_each(Meaning.ADMIN, Reach.TOKEN, "accesslimited", remedy=_NETWORK),
    **_each(Meaning.ADMIN, Reach.TOKEN, "enterprise_is_restricted", "team_disabled", remedy=_POLICY),
    **_each(Meaning.ADMIN, Reach.METHOD, "user_access_not_granted", "team_not_found", remedy=_POLICY),
    "missing_scope": Code(
        Meaning.ADMIN,
        Reach.METHOD,
        "Install the app again from docs/slack-manifest.yaml, so that it has all its scopes.",
    ),
    "not_enabled": Code(
        Meaning.ADMIN, Reach.METHOD, "Switch the Home tab on, under App Home on the app's page at Slack."
    ),
    # Of every DM; which conversation is one, only the call knows.
    "messages_tab_disabled": Code(
        Meaning.ADMIN,
        Reach.PLACE,
        "Switch the Messages tab on, under App Home on the app's page at Slack: without it nobody gets cards in a DM.",
    ),
    "not_in_channel": Code(Meaning.ADMIN, Reach.PLACE, "Invite Signoff to that channel: type /invite @Signoff there."),
    **_each(
        *(Meaning.ADMIN, Reach.PLACE, "restricted_action", "restricted_action_read_only_channel"),
        *("restricted_action_thread_only_channel", "restricted_action_non_threadable_channel"),
        *("restricted_action_thread_locked", "posting_to_general_channel_denied", "action_prohibited"),
        *("posting_to_channel_denied", "cant_post_message", "cant_broadcast_message"),
        remedy=_CHANNEL_SETTING,
    ),
    **_each(Meaning.ADMIN, Reach.PLACE, "ekm_access_denied", "access_denied", remedy=_SHUT_BY_ADMINS),
    **_each(Meaning.ADMIN, Reach.PLACE, "no_permission", remedy=_SHUT_BY_ADMINS),
    # Of one text, not of the place: another card may pass.
    **_each(
        *(Meaning.ADMIN, Reach.CALL, "msg_blocked_by_dlp", "blocked_by_dlp"),
        *("slack_connect_canvas_sharing_blocked", "slack_connect_file_link_sharing_blocked"),
        *("slack_connect_lists_sharing_blocked", "link_blocked"),
        remedy="A rule of your Slack organisation blocks what a card says: ask its admins.",
    ),
    # Of an installation: whoever runs Signoff.
    **_each(
        *(Meaning.ADMIN, Reach.CALL, "invalid_client_id", "bad_client_secret", "invalid_client", "bad_redirect_uri"),
        *("oauth_authorization_url_mismatch", "no_scopes", "invalid_scope", "invalid_grant_type"),
        *("cannot_install_an_org_installed_app", "invalid_team_for_non_distributed_app"),
        remedy=_APP_SETTINGS,
    ),
    # --- later ---
    # Counted by the budgets, which know how far it reaches.
    **_each(Meaning.LATER, Reach.CALL, "ratelimited", "rate_limited"),
    **_each(Meaning.LATER, Reach.PLACE, "internal_error", "fatal_error", "service_unavailable", "request_timeout"),
    **_each(Meaning.LATER, Reach.PLACE, "messaging_processing_failed", "update_failed", "rollup_error"),
    **_each(Meaning.LATER, Reach.PLACE, "external_channel_migrating", "streaming_state_conflict", "hash_conflict"),
    **_each(Meaning.LATER, Reach.PLACE, "message_limit_exceeded"),
    **_each(Meaning.LATER, Reach.TOKEN, "team_added_to_org", "org_login_required"),
    # Our own words: no answer, an answer that is none, and no token.
    **_each(Meaning.LATER, Reach.PLACE, "unreachable", "no_answer"),
    **_each(Meaning.LATER, Reach.CALL, "not_installed", "token_sealed"),
    # --- ours ---
    **_each(
        *(Meaning.OURS, Reach.CALL, "invalid_arg_name", "invalid_arguments", "invalid_array_arg", "invalid_charset"),
        *("invalid_form_data", "invalid_post_type", "missing_post_type", "invalid_json", "json_not_object"),
        *("invalid_payload", "invalid_cursor", "invalid_limit", "limit_required", "invalid_ts_latest"),
        *("invalid_ts_oldest", "unknown_method", "method_deprecated", "deprecated_endpoint", "upgrade_required"),
        *("as_user_not_supported", "invalid_channel"),
    ),
    **_each(
        *(Meaning.OURS, Reach.CALL, "no_text", "msg_too_long", "msg_blocks_too_long", "invalid_blocks"),
        *("invalid_blocks_format", "invalid_attachments", "too_many_attachments", "too_many_contact_cards"),
        *("attachment_payload_limit_exceeded", "missing_file_data", "markdown_text_conflict"),
        *("invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large"),
        *("metadata_must_be_sent_from_app", "duplicate_channel_not_found", "duplicate_message_not_found"),
        *("no_dual_broadcast_content_update", "send_on_behalf_not_allowed"),
    ),
    **_each(
        *(Meaning.OURS, Reach.CALL, "view_too_large", "duplicate_external_id", "missing_profile_id"),
        *("not_implemented", "push_limit_reached", "not_found", "user_not_team_member"),
        *("invalid_trigger_id", "expired_trigger_id", "exchanged_trigger_id", "missing_trigger", "trigger_expired"),
    ),
}
#: A code that nobody knows is taken to be about the place: elsewhere it may be quite well.
_NOT_KNOWN = Code(Meaning.UNKNOWN, Reach.PLACE)
#: After these Slack may have done what it was asked for all the same: "It's possible some aspect of the operation
#: succeeded before the error was raised." And after no answer at all, or one that is none.
MAYBE_DONE = frozenset({"internal_error", "fatal_error", "service_unavailable", "unreachable", "no_answer"})

_SHAPE = re.compile(r"[A-Za-z0-9_.:-]{1,80}")


def meant_by(code: str) -> Code:
    """What this code means."""
    return CODES.get(code, _NOT_KNOWN)


def named(meaning: Meaning) -> frozenset[str]:
    """All codes with this meaning."""
    return frozenset(name for name, code in CODES.items() if code.meaning == meaning)


def code_in(said: object) -> str:
    """A code as Slack said it; `no_answer` where that is none, such as a piece of a page."""
    if not isinstance(said, str) or not _SHAPE.fullmatch(said):
        return "no_answer"
    return "ratelimited" if said == "rate_limited" else said
