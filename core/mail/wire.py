"""One connection to an SMTP server: commands out, replies in, never longer than a deadline.

The standard library's smtplib is not used here. Its timeouts hold for one `recv`, so a server that drips a byte at a
time holds it for ever; it reads "250 OK" without its line end as a reply, which a cut connection can leave behind; and
it writes a body and its final dot in one call, where the two mean different things (DESIGN §5).
"""

import re
import socket
import ssl
import time
from dataclasses import dataclass, field

MAX_REPLY = 65536  # RFC 5321 §4.5.3.1.5 says 512 for a line; policy texts of some servers are several thousand long
CHUNK = 65536
ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3} ")
REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])([^\n]*))?\r?\n", re.DOTALL)


class Dropped(Exception):
    """The server closed or reset the connection."""


class Malformed(Exception):
    """The server said something that is not an SMTP reply (RFC 5321 §4.2), or said it unasked."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply: its code, and its lines of text joined by newlines."""

    code: int
    text: str = field(repr=False)

    @property
    def kind(self) -> int:
        """The first digit, by which alone a client decides (RFC 5321 §4.3.2): 2 done, 3 go on, 4 later, 5 never."""
        return self.code // 100


@dataclass(slots=True)
class Budget:
    """What is left of a total, in seconds of the monotonic clock; `one_step` gets at most `step` of it."""

    total: float
    step: float
    ends: float = field(init=False)

    def __post_init__(self) -> None:
        self.ends = time.monotonic() + self.total

    def left(self) -> float:
        """Seconds that remain in all. Raises TimeoutError when none do."""
        remaining = self.ends - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the time for this part of the conversation is over")
        return remaining

    def one_step(self) -> "Budget":
        """A budget for one step: it cannot outlast this one."""
        seconds = min(self.step, self.left())
        return Budget(seconds, seconds)


class Wire:
    """A connected socket with a reply buffer. Raises Dropped, Malformed, TimeoutError, or ssl.SSLError in `secure`."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = b""

    def secure(self, context: ssl.SSLContext, host: str, budget: Budget) -> None:
        """Do the TLS handshake. Bytes that the server sent before it are an injection (CVE-2011-0411): Malformed."""
        if self.buffer:
            raise Malformed
        self.sock.settimeout(budget.left())
        try:
            self.sock.getpeername()  # gone already? CPython's wrap_socket would leak the socket (3.11)
            tls = context.wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
            self.sock = tls
            tls.do_handshake()  # its timeout is for the whole handshake
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as fault:
            raise Dropped from fault
        except (TimeoutError, ssl.SSLError):
            raise
        except OSError as fault:
            raise Dropped from fault

    def command(self, line: str, budget: Budget) -> Reply:
        """Send one command and read its reply. Non-ASCII goes out as UTF-8, which only SMTPUTF8 allows."""
        if not line.isprintable():
            raise ValueError("a command is one line of printable text")
        if self.buffer:
            raise Malformed
        self.write(f"{line}\r\n".encode(), budget)
        return self.reply(budget)

    def write(self, data: bytes, budget: Budget) -> None:
        """Hand all of it to the kernel."""
        view = memoryview(data)
        try:
            while view:
                self.sock.settimeout(budget.left())
                view = view[self.sock.send(view[:CHUNK]) :]
        except TimeoutError:
            raise
        except OSError as fault:
            raise Dropped from fault

    def reply(self, budget: Budget) -> Reply:
        """Read one whole reply, all its lines, each with its line end."""
        code, texts, size = b"", list[bytes](), 0
        while True:
            line = self._line(budget)
            match = REPLY_LINE.fullmatch(line)
            size += len(line)
            if match is None or (code and match[1] != code) or size > MAX_REPLY:
                raise Malformed
            code = match[1]
            texts.append((match[3] or b"").rstrip(b"\r"))
            if match[2] != b"-":
                return Reply(int(code), _decoded(b"\n".join(texts)))

    def spoke(self) -> bool:
        """Whether the server has said something that nobody has read yet. Raises Dropped if it has left instead."""
        if not self.buffer:
            self.sock.settimeout(0)
            try:
                self._receive()
            except (BlockingIOError, ssl.SSLWantReadError):
                return False  # a TLS record without data, such as a session ticket, is nothing said
        return True

    def close(self) -> None:
        """Close the socket, whatever state it is in, without waiting."""
        self.sock.close()

    def _line(self, budget: Budget) -> bytes:
        while b"\n" not in self.buffer:
            if len(self.buffer) > MAX_REPLY:
                raise Malformed
            self.sock.settimeout(budget.left())
            self._receive()
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line + b"\n"

    def _receive(self) -> None:
        try:
            data = self.sock.recv(CHUNK)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
            raise
        except OSError as fault:
            raise Dropped from fault
        if not data:
            raise Dropped
        self.buffer += data


def _decoded(text: bytes) -> str:
    """What a server says, in UTF-8; or else byte by byte, so that a person can guess it."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def body_lines(mime: bytes) -> bytes:
    """A message as it travels after DATA, without the final dot: CRLF line ends, leading dots doubled (§4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", mime)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def clean_text(text: str) -> str:
    """The server's words for a person to read: one line, no control characters, at most 500 characters. An enhanced
    code that stands before each line (RFC 2034 §4) is said once."""
    first = ENHANCED.match(text)
    if first:
        text = text.replace(f"\n{first[0]}", "\n")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:500]
