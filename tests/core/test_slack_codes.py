"""Every code that Slack publishes for a method that we call has a meaning; what an admin can act upon says how."""

import pytest

from core.slack_codes import CODES, MAYBE_DONE, Meaning, Reach, code_in, meant_by
from jobs.slack.methods import METHODS

#: "Errors" of https://docs.slack.dev/reference/methods: those that every method may answer, and those of each.
COMMON = """
    access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted
    fatal_error internal_error invalid_arg_name invalid_arguments invalid_array_arg invalid_auth invalid_charset
    invalid_form_data invalid_post_type method_deprecated missing_post_type missing_scope no_permission
    not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable
    team_access_not_granted team_added_to_org token_expired token_revoked two_factor_setup_required
"""
POST = """
    as_user_not_supported channel_not_found duplicate_channel_not_found duplicate_message_not_found invalid_blocks
    invalid_blocks_format invalid_metadata_format invalid_metadata_schema is_archived markdown_text_conflict
    message_limit_exceeded messages_tab_disabled metadata_must_be_sent_from_app metadata_too_large missing_file_data
    msg_blocks_too_long msg_too_long no_text not_in_channel rate_limited restricted_action
    restricted_action_non_threadable_channel restricted_action_read_only_channel restricted_action_thread_locked
    restricted_action_thread_only_channel slack_connect_canvas_sharing_blocked
    slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked team_not_found too_many_attachments
    too_many_contact_cards cannot_reply_to_message attachment_payload_limit_exceeded invalid_attachments
    send_on_behalf_not_allowed
"""
PUBLISHED = {
    "chat.postMessage": POST,
    "chat.postEphemeral": POST + "user_not_in_channel",
    "chat.update": POST
    + """
        block_mismatch cant_broadcast_message cant_update_message edit_window_closed external_channel_migrating
        is_inactive message_not_found no_dual_broadcast_content_update posting_to_channel_denied
        streaming_state_conflict update_failed
    """,
    "conversations.open": """
        channel_not_found invalid_user_combination method_not_supported_for_channel_type not_enough_users
        too_many_users user_disabled user_not_found user_not_visible users_list_not_supplied
    """,
    "conversations.history": "channel_not_found invalid_cursor invalid_ts_latest invalid_ts_oldest not_in_channel",
    "conversations.replies": "channel_not_found invalid_cursor thread_not_found not_in_channel",
    "users.info": "user_not_found user_not_visible",
    "users.list": "invalid_cursor invalid_limit limit_required",
    "views.open": "duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id view_too_large",
    "views.update": "duplicate_external_id hash_conflict not_found view_too_large",
    "views.publish": """
        duplicate_external_id hash_conflict missing_profile_id not_enabled not_implemented view_too_large
    """,
    "auth.test": "",
    "oauth.v2.access": """
        bad_client_secret bad_redirect_uri cannot_install_an_org_installed_app invalid_client_id invalid_code
        invalid_grant_type invalid_refresh_token no_scopes oauth_authorization_url_mismatch
    """,
    "response_url": """
        action_prohibited channel_is_archived channel_not_found invalid_payload no_active_hooks no_service no_team
        posting_to_general_channel_denied team_disabled user_not_found expired_url used_url
    """,
}


@pytest.mark.parametrize("method", PUBLISHED)
def test_every_published_code_has_a_meaning(method: str) -> None:
    published = {code_in(code) for code in (COMMON + PUBLISHED[method]).split()}
    assert {code for code in published if meant_by(code).meaning is Meaning.UNKNOWN} == set()


def test_the_methods_that_we_call_are_among_them() -> None:
    assert set(METHODS) <= set(PUBLISHED)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("is_archived", Meaning.GONE),
        ("cannot_dm_bot", Meaning.GONE),
        ("user_disabled", Meaning.GONE),
        ("restricted_action", Meaning.ADMIN),
        ("messages_tab_disabled", Meaning.ADMIN),
        ("team_access_not_granted", Meaning.ADMIN),
        ("ekm_access_denied", Meaning.ADMIN),
        ("msg_blocked_by_dlp", Meaning.ADMIN),
        ("account_inactive", Meaning.ADMIN),
        ("org_login_required", Meaning.LATER),
        ("fatal_error", Meaning.LATER),
        ("msg_too_long", Meaning.OURS),
        ("invalid_blocks", Meaning.OURS),
        ("a_code_of_tomorrow", Meaning.UNKNOWN),
    ],
)
def test_what_a_code_means(code: str, meaning: Meaning) -> None:
    assert meant_by(code).meaning is meaning


def test_what_an_admin_is_to_do_is_said_for_every_code_that_needs_one() -> None:
    assert [name for name, code in CODES.items() if (code.meaning is Meaning.ADMIN) != bool(code.remedy)] == []


def test_the_words_of_a_remedy_fit_wherever_it_was_refused() -> None:
    for code in CODES.values():
        assert "{" not in code.remedy.format(place="C01REVIEW")
        assert "{place}" not in code.remedy or code.reach is Reach.PLACE


def test_what_may_have_been_done_all_the_same_passes_by_itself() -> None:
    assert {meant_by(code).meaning for code in MAYBE_DONE} == {Meaning.LATER}


@pytest.mark.parametrize(
    "said", ["<html>", "Received a response in a non-JSON format: x", "", None, 7, ["a"], "a" * 81]
)
def test_what_is_no_code_is_not_taken_for_one(said: object) -> None:
    assert code_in(said) == "no_answer"
