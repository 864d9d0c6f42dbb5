"""procrastinate and smtplib: `python with_procrastinate.py ORDER.json NUMBER`, in the environment of the peers.

The first of the processes makes the tables and queues all mails. Each says `ready`, and after a line on stdin works
until no job is left and says the seconds that it took. A job is one mail: built, and sent over a connection of its own.
"""

import asyncio
import json
import smtplib
import sys
import time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

import procrastinate

order = json.loads(Path(sys.argv[1]).read_text())
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=order["conninfo"]))


@app.task(name="send", queue="mail")
def send(to: str, subject: str, text: str, html: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = order["from"], to, subject
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="example.com")
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", order["port"], local_hostname="bench.test") as server:
        server.send_message(mail)


async def queue(count: int) -> None:
    await send.batch_defer_async(
        *(
            {"to": f"dana-{number}@example.org", **{name: order[name] for name in ("subject", "text", "html")}}
            for number in range(count)
        )
    )


async def work() -> None:
    await app.run_worker_async(
        queues=["mail"], concurrency=order["threads"], wait=False, install_signal_handlers=False, delete_jobs="never"
    )


async def main() -> None:
    async with app.open_async():
        if sys.argv[2] == "0":
            await app.schema_manager.apply_schema_async()
            await queue(order["warm"])
            await work()
            await queue(order["count"])
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        began = time.perf_counter()
        await work()
        print(time.perf_counter() - began, flush=True)


asyncio.run(main())
