"""Whether a process id still means the program that wrote it down: numbers are reused, the dead linger as zombies."""

import os
import subprocess
from pathlib import Path


def is_program(pid: int, name: str) -> bool:
    """True when a living process with this id runs a program whose name contains `name`."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and is somebody else's
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            program, rest = stat.read_text(errors="replace").rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):  # the second when it ends between the opening and the reading
            return False
        return name in program and rest.split()[0] not in "ZX"
    listed = subprocess.run(
        ["/bin/ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return name in listed.stdout and not listed.stdout.lstrip().startswith("Z")
