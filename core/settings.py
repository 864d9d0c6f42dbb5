"""What the environment says. DESIGN §10 fixes the names."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

import core.database_url
import core.redis_url


def _with_trailing_slash(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


def _web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url.rstrip("/")


def _origin(url: str) -> str:
    """Pages, links, cookies and the redirect URL all begin at the root of a host."""
    parts = urlsplit(_web_address(url))
    if not parts.hostname or parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be scheme and host alone, such as https://signoff.example.com, with no path behind it")
    return urlunsplit(parts)


def _database_url(url: str) -> str:
    if url:
        core.database_url.read(url)
    return url


def _redis_url(url: str) -> str:
    if url:
        core.redis_url.read(url)
    return url


class Settings(BaseSettings):
    """One field for each variable of the environment, in lower case. Empty counts as not set."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    database_url: Annotated[str, AfterValidator(_database_url)] = ""
    redis_url: Annotated[str, AfterValidator(_redis_url)] = ""
    #: How many connections to the database one process opens at most. One transaction at a time needs no second.
    database_connections: int = Field(default=20, ge=1, le=1_000)

    slack_bot_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: Annotated[str, AfterValidator(_with_trailing_slash)] = "https://slack.com/api/"
    slack_client_id: str = ""
    slack_client_secret: SecretStr = SecretStr("")
    #: The app-level token (xapp-…) of `signoff socket`.
    slack_app_token: SecretStr = SecretStr("")
    #: How many times the documented rates of Slack's methods we allow ourselves; 0: Slack's own 429 is the only limit.
    slack_rate: float = Field(default=1.0, ge=0, le=1_000)
    slack_openid_url: Annotated[str, AfterValidator(_web_address)] = "https://slack.com"

    public_url: Annotated[str, AfterValidator(_origin)] = "http://127.0.0.1:8080"
    host: str = "127.0.0.1"
    port: int = 8080
    secret_key: SecretStr = SecretStr("")
    smtp_url: SecretStr = SecretStr("")

    auto_send_disabled: bool = False
    auto_send_revision_disabled: bool = False
    signoff_home: Path = Path(".signoff")

    #: Seconds that one attempt may take from connecting to RCPT, and from DATA to the reply to the final dot.
    delivery_connect_seconds: float = Field(default=60, gt=0)
    delivery_data_seconds: float = Field(default=120, gt=0)
    #: Seconds by which a lease outlasts the attempt's own deadlines (DESIGN §5: lease > all socket timeouts together).
    delivery_lease_margin_seconds: float = Field(default=15, gt=0)
    #: Mails that one connection to a mail server may carry; a common limit is 10.
    delivery_mails_per_connection: int = Field(default=10, ge=1)
    #: Tries before a delivery that is refused for the moment goes back to review.
    delivery_tries: int = Field(default=5, ge=1)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
