"""Slack's request signature (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""

from collections.abc import Mapping

from slack_sdk.signature import SignatureVerifier


def is_signed(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether Slack signed this body, less than five minutes ago. Every fault is False, an odd timestamp too.

    Bolt's own check answers 500 to a timestamp that is no number, so it is done here, and Bolt's is off.
    """
    timestamp, signature = headers.get("x-slack-request-timestamp"), headers.get("x-slack-signature")
    if not secret or not timestamp or not signature or not (timestamp.isascii() and timestamp.isdigit()):
        return False
    if len(timestamp) > 12 or not signature.isascii():
        return False
    try:
        return SignatureVerifier(secret).is_valid(body=body, timestamp=timestamp, signature=signature)
    except UnicodeDecodeError:  # Slack signs text
        return False
