"""`signoff migrate`."""

from bot.commands import command_app
from bot.local.embedded import prepare_environment

app = command_app()


@app.command()
def migrate() -> None:
    """Bring the database to this version. Safe to run twice, and while an older version is serving."""
    prepare_environment()
    from core.db import migrate as bring_to_head
    from core.settings import settings

    bring_to_head(settings().database_url)
    print("The database is up to date.")
