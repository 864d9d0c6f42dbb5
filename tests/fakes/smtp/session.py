"""One conversation of the fake server (RFC 5321), with a look at the plan before every reply."""

import base64
import contextlib
import re
import socket
import ssl
import struct
import time
from collections.abc import Callable
from typing import NoReturn

from tests.fakes.smtp.accepted import AcceptanceLog
from tests.fakes.smtp.plan import Plan, Rule, Seen

PATH = re.compile(r"<([^<>\s]*@[^<>\s]+|)>((?: [A-Za-z0-9-]+(?:=\S+)?)*)")
IDLE = 300.0  # seconds; RFC 5321 §4.5.3.2.7


class Gone(Exception):
    """The session is over. The argument says how."""


class Session:
    """Serve one client, from greeting to the end."""

    def __init__(
        self, sock: socket.socket, plan: Plan, log: AcceptanceLog, context: Callable[[], ssl.SSLContext], implicit: bool
    ) -> None:
        self.sock, self.plan, self.log, self.context, self.implicit = sock, plan, log, context, implicit
        self.seen: Seen = plan.open()
        self.buffer = b""
        self.logged_in = self.greeted = False
        self.mail_from: str | None = None
        self.parameters: set[str] = set()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(IDLE)

    def serve(self) -> None:
        how = "error"
        try:
            self._planned("connect")
            if self.implicit:
                self._secure()
            self._answer("greeting", "220 fake.test ESMTP ready")
            while True:
                self._command(self._line())
        except Gone as gone:
            how = gone.args[0]
        except OSError as fault:
            how = type(fault).__name__
        finally:
            self.sock.close()
            self.plan.end(self.seen, how)

    def cut(self, say: str) -> None:
        """End the session from outside, whatever it waits for: say this, and close."""
        with contextlib.suppress(OSError):
            if say:
                self._say(say)
            self.sock.shutdown(socket.SHUT_RDWR)

    def _command(self, raw: bytes) -> None:
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            return self._say("500 not UTF-8")
        verb, _, rest = line.partition(" ")
        verb = verb.upper()
        self.seen.verbs.append(verb)
        self.seen.lines.append(line)
        if not self.seen.tls:
            self.seen.plain_verbs.append(verb)
        handler = getattr(self, f"_on_{verb.lower()}", None) if verb.isalpha() else None
        if handler is None:
            return self._say("500 no such command")
        handler(rest)
        return None

    def _on_ehlo(self, rest: str) -> None:
        conduct = self.plan.conduct
        offers = ["fake.test"]
        if conduct.starttls and not self.seen.tls:
            offers.append("STARTTLS")
        if conduct.user and (self.seen.tls or conduct.auth_in_plain):
            offers += conduct.auth_lines or [f"AUTH {conduct.mechanisms}"]
        offers += ["8BITMIME"] * conduct.eightbitmime + ["SMTPUTF8"] * conduct.smtputf8
        offers += [f"SIZE {conduct.size}"] * (conduct.size is not None)
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        if not rest:
            return self._say("501 who are you?")
        if conduct.helo_only:
            return self._say("500 5.5.1 unrecognized command")
        self.greeted = self._answer("ehlo", "\r\n".join(lines)) or self.greeted
        return None

    def _on_helo(self, rest: str) -> None:
        self.greeted = self._answer("ehlo", f"250 fake.test, hello {rest}") or self.greeted

    def _on_starttls(self, _rest: str) -> None:
        if self.seen.tls or not self.plan.conduct.starttls:
            return self._say("503 not now")
        if self._answer("starttls", "220 go ahead"):
            if self.buffer:
                raise Gone("pipelined after STARTTLS")
            self._secure()
            self.greeted = False
        return None

    def _on_auth(self, rest: str) -> None:
        conduct = self.plan.conduct
        if conduct.user is None or not (self.seen.tls or conduct.auth_in_plain):
            return self._say("538 encryption required")
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() not in conduct.mechanisms.split():
            return self._say("504 no such mechanism")
        if mechanism.upper() == "PLAIN":
            if conduct.challenged:
                initial = ""
            given = base64.b64decode(initial or self._ask("")).decode().split("\0")[1:]
        else:
            given = [base64.b64decode(self._ask(word)).decode() for word in ("Username:", "Password:")]
        right = given == [conduct.user, conduct.password]
        self.logged_in = self._answer("auth", "235 welcome" if right else "535 5.7.8 wrong user or password")
        return None

    def _ask(self, prompt: str) -> bytes:
        self._say("334 " + base64.b64encode(prompt.encode()).decode())
        return self._line()

    def _on_mail(self, rest: str) -> None:
        match = PATH.fullmatch(rest[5:]) if rest.upper().startswith("FROM:") else None
        if not self.greeted or self.mail_from is not None:
            return self._say("503 out of order")
        if self.plan.conduct.user and not self.logged_in:
            return self._say("530 5.7.0 log in first")
        limit = self.plan.conduct.mails_a_session
        if limit is not None and self.seen.verbs.count("DATA") >= limit:
            self._say("421 4.7.0 too many mails in one session")
            raise Gone("limit")
        if match is None:
            return self._say("501 malformed MAIL")
        parameters = {word.upper() for word in match[2].split()}
        if not match[1].isascii() and "SMTPUTF8" not in parameters:
            return self._say("553 5.6.7 address needs SMTPUTF8")
        size = next((int(word[5:]) for word in parameters if word.startswith("SIZE=")), 0)
        if self.plan.conduct.size is not None and size > self.plan.conduct.size:
            return self._say("552 5.3.4 too large")
        if self._answer("mail", "250 2.1.0 ok"):
            self.mail_from, self.parameters, self.seen.rcpt_to = match[1], parameters, []
        return None

    def _on_rcpt(self, rest: str) -> None:
        match = PATH.fullmatch(rest[3:]) if rest.upper().startswith("TO:") else None
        if self.mail_from is None:
            return self._say("503 out of order")
        if match is None or not match[1]:
            return self._say("501 malformed RCPT")
        if not match[1].isascii() and "SMTPUTF8" not in self.parameters:
            return self._say("553 5.6.7 address needs SMTPUTF8")
        self.seen.rcpt_to.append(match[1])
        if not self._answer("rcpt", "250 2.1.5 ok"):
            self.seen.rcpt_to.remove(match[1])
        return None

    def _on_data(self, rest: str) -> None:
        if self.mail_from is None or not self.seen.rcpt_to or rest:
            return self._say("503 out of order")
        if not self._answer("data", "354 end with <CRLF>.<CRLF>"):
            return None
        content = self._read_body()
        fault = self._fault_of(content)
        if fault:
            self._say(fault)
        else:
            self._answer("dot", "250 2.0.0 accepted", content)
        self.mail_from = None
        return None

    def _read_body(self) -> bytes:
        """All up to the dot, unstuffed. `buffer` may hold the beginning already."""
        data, self.buffer = bytearray(b"\r\n" + self.buffer), b""
        planned, self.seen.body_bytes = False, 0
        while (end := data.find(b"\r\n.\r\n", max(0, self.seen.body_bytes - 8))) < 0:
            self.seen.body_bytes = len(data) - 2
            if not planned:
                planned = self._planned("body", received=self.seen.body_bytes)
            chunk = self.sock.recv(65536)
            if not chunk:
                raise Gone("eof in body")
            data += chunk
        if not planned:
            self._planned("body", received=end)
        self.buffer, self.seen.body_bytes = bytes(data[end + 5 :]), end
        return bytes(data[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]

    def _fault_of(self, content: bytes) -> str | None:
        """What a strict server has against a message."""
        if re.search(rb"(?<!\r)\n|\r(?!\n)", content) or b"\0" in content:
            return "554 5.6.0 bare newline or NUL"
        if any(len(line) > 998 for line in content.split(b"\r\n")):
            return "554 5.6.0 line too long"
        if not content.isascii() and "BODY=8BITMIME" not in self.parameters:
            return "554 5.6.3 eight-bit without BODY=8BITMIME"
        if not content.partition(b"\r\n\r\n")[0].isascii() and "SMTPUTF8" not in self.parameters:
            return "554 5.6.7 headers need SMTPUTF8"
        return None

    def _on_rset(self, _rest: str) -> None:
        if self._answer("rset", "250 ok"):
            self.mail_from = None

    def _on_noop(self, _rest: str) -> None:
        self._say("250 ok")

    def _on_quit(self, _rest: str) -> NoReturn:
        self._answer("quit", "221 bye")
        raise Gone("quit")

    def _answer(self, phase: str, usual: str, content: bytes | None = None) -> bool:
        """Reply as usual, or as planned. Returns whether the command was taken."""
        rule = self.plan.take(phase, self.seen)
        if rule and rule.accept and content is not None:
            self._accept(content)
        if rule and not self._perform(rule):
            return rule.say[:1] in ("2", "3")
        if content is not None and not (rule and rule.accept):
            self._accept(content)
        self._say(usual)
        return True

    def _accept(self, content: bytes) -> None:
        self.log.accept(content, self.mail_from or "", list(self.seen.rcpt_to))

    def _planned(self, phase: str, received: int | None = None) -> bool:
        rule = self.plan.take(phase, self.seen, received)
        if rule:
            self._perform(rule)
        return rule is not None

    def _wait_for_dot(self) -> None:
        """Return once the mail's end stands in the kernel; nothing is read. The mail must fit the receive buffer."""
        peeked, wanted = b"", 1
        while not peeked.endswith(b"\r\n.\r\n"):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wanted)
            peeked = self.sock.recv(1 << 20, socket.MSG_PEEK)
            if len(peeked) < wanted:
                raise Gone("eof in body")
            wanted = len(peeked) + 1
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)

    def _perform(self, rule: Rule) -> bool:
        """Do what the rule says. Returns whether the usual reply is still due."""
        if rule.arrived:
            self._wait_for_dot()
        if rule.act == "drip":
            for char in rule.say:
                self.sock.sendall(char.encode("latin-1"))
                time.sleep(rule.interval)
            raise Gone("dripped")
        if rule.say:
            self.sock.sendall(rule.say.encode("latin-1"))
        if rule.act == "rst":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if rule.act in ("rst", "close"):
            raise Gone(rule.act)
        if rule.act == "hold":
            self.plan.hold(rule.phase)
        return rule.act == "hold"

    def _secure(self) -> None:
        self.sock.recv(1, socket.MSG_PEEK)  # the client has begun its handshake
        self._planned("tls")
        self.sock = self.context().wrap_socket(self.sock, server_side=True)
        self.seen.tls = True

    def _line(self) -> bytes:
        while b"\n" not in self.buffer:
            if len(self.buffer) > 65536:
                raise Gone("line too long")
            data = self.sock.recv(65536)
            if not data:
                raise Gone("eof")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        if not line.endswith(b"\r"):
            raise Gone("bare newline")
        return line[:-1]

    def _say(self, reply: str) -> None:
        self.sock.sendall(f"{reply}\r\n".encode())
