"""Who runs an embedded server, and where its files may lie.

PostgreSQL refuses to run as root. As an ordinary user the server is simply ours. As root it runs as a system user of
its own, `signoff-pg`, made when missing; and where a directory already belongs to somebody (the home was made by an
ordinary user, root comes later), it runs as that owner, so that both find the same data.

Permissions of directories above ours are never changed. Where the system user may not enter (a clone under /root, or in
a 0700 directory), data lies under /var/lib/signoff/<random id> and SIGNOFF_HOME holds a symbolic link to it. The id is
random and not made from the path: a new clone at an old path starts empty, and a clone that moves keeps its data.
"""

import hashlib
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bot.local.embedded.errors import EmbeddedError

SYSTEM_USER = "signoff-pg"
OUTSIDE = Path("/var/lib/signoff")
SOCKET_PATH_BYTES = 103  # sun_path holds 104 bytes with its closing NUL on macOS, 108 on Linux
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")  # needs no quoting in a shell, a URL or a list in postgresql.conf


@dataclass(frozen=True)
class Owner:
    """The user that an embedded server runs as; `switch` says that it is not the user of this process."""

    uid: int
    gid: int
    switch: bool

    def run(self, *command: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program as this user, from `/`, with an environment that carries none of our secrets.

        Output and errors come back together as text in `stdout`; the exit code is the caller's to judge.
        Raises EmbeddedError where this process may not become that user.
        """
        keep = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ}
        try:
            return subprocess.run(
                [str(part) for part in command],
                input=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                check=False,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **keep},
                umask=0o077,
                user=self.uid if self.switch else None,
                group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
            )
        except (PermissionError, FileNotFoundError) as error:
            return subprocess.CompletedProcess(command, 126, stdout=str(error))
        except subprocess.SubprocessError as error:
            raise EmbeddedError(f"This process may not run programs as user {self.uid}: {error}") from error

    def may_enter(self, directory: Path) -> bool:
        """Whether this user can reach and enter the directory: tried for real, mount options and ACLs count too."""
        return self.run("/bin/sh", "-c", 'cd -- "$0"', directory).returncode == 0


def me() -> Owner:
    """The user of this process."""
    return Owner(os.geteuid(), os.getegid(), switch=False)


def owner_of(directory: Path) -> Owner:
    """The owner of an existing directory: the user whose server it is.

    Raises EmbeddedError where that is another ordinary user than ours.
    """
    info = directory.stat()
    if info.st_uid == os.geteuid():
        return me()
    if os.geteuid() != 0:
        name = _user_name(info.st_uid)
        maker = "root" if name == SYSTEM_USER else name
        raise EmbeddedError(f"{directory} was made by {maker}: run signoff as {maker}, or set SIGNOFF_HOME elsewhere.")
    return Owner(info.st_uid, info.st_gid, switch=True)


def system_user() -> Owner:
    """The system user of the embedded PostgreSQL, made when missing (as root only)."""
    try:
        found = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_system_user()
        found = pwd.getpwnam(SYSTEM_USER)
    return Owner(found.pw_uid, found.pw_gid, switch=True)


def private_directory(path: Path, owner: Owner) -> Path:
    """Make `path` (parents exist) a directory that only `owner` and root can enter; an existing one is verified.

    Raises EmbeddedError where something else is there: a link, a file, a directory of somebody else.
    """
    path.mkdir(mode=0o700, exist_ok=True)
    info = path.lstat()
    if not stat.S_ISDIR(info.st_mode):
        raise EmbeddedError(f"{path} should be a directory.")
    if info.st_uid != owner.uid:
        if not owner.switch or info.st_uid != os.geteuid():
            raise EmbeddedError(f"{path} belongs to {_user_name(info.st_uid)}; remove it.")
        os.chown(path, owner.uid, owner.gid)
    path.chmod(0o700)
    return path


def postgres_directory(home: Path) -> tuple[Path, Owner]:
    """The directory of this home's PostgreSQL, made when missing, with no links in its path, and who runs it."""
    link = home / "postgres"
    if link.is_symlink() and not link.exists():
        raise EmbeddedError(f"{link} points to {link.readlink()}, which is gone: restore it, or remove the link.")
    if not link.exists():
        _make_postgres_directory(link)
    place = link.resolve()
    return place, owner_of(place)


def socket_directory(place: Path, owner: Owner, file_name: str) -> Path:
    """A private directory for a server's Unix socket: `place/run`, or a short one where that path is too long or odd.

    The short one is found again by a hash of `place`; it lies in /tmp, whatever TMPDIR says at the moment.
    """
    inside = place / "run"
    if len(os.fsencode(inside / file_name)) <= SOCKET_PATH_BYTES and PLAIN_PATH.fullmatch(str(inside)):
        return private_directory(inside, owner)
    digest = hashlib.sha256(os.fsencode(place)).hexdigest()[:16]
    base = Path("/tmp").resolve()  # noqa: S108 (a directory is made in it that nobody else can enter, or it is refused)
    return private_directory(base / f"signoff-{digest}", owner)


def _make_postgres_directory(link: Path) -> None:
    if os.geteuid() != 0:
        private_directory(link, me())
        return
    home_owner = owner_of(link.parent)
    owner = home_owner if home_owner.switch else system_user()
    private_directory(link, owner)
    if owner.may_enter(link.resolve()):
        return
    link.rmdir()
    OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
    place = private_directory(OUTSIDE / secrets.token_hex(8), owner)
    link.symlink_to(place)


def _make_system_user() -> None:
    for command in (
        ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false", SYSTEM_USER],
        ["adduser", "-S", "-D", "-H", "-s", "/bin/false", SYSTEM_USER],  # BusyBox
    ):
        program = shutil.which(command[0], path="/usr/sbin:/sbin:/usr/bin:/bin")
        if program is None:
            continue
        made = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
        if made.returncode == 0 or any(user.pw_name == SYSTEM_USER for user in pwd.getpwall()):
            return  # another process may have made it a moment before us
    raise EmbeddedError(
        f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be made. "
        "Run signoff as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours."
    )


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
