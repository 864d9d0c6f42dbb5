"""django-post-office sends what is queued: `python with_post_office.py ORDER.json`, in the environment of the peers.

Queues all mails, says `ready`, and after a line on stdin sends them and says the seconds that it took. Its documented
way: `send_queued_mail`, batch by batch until nothing is left, threads with a kept connection each, every result logged.
"""

import json
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

order = json.loads(Path(sys.argv[1]).read_text())
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **order["database"]}},
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=order["port"],
    POST_OFFICE={"THREADS_PER_PROCESS": order["threads"], "BATCH_SIZE": order["batch"]},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from post_office.mail import send_queued_mail_until_done  # noqa: E402  Django is set up first
from post_office.models import PRIORITY, STATUS, Email  # noqa: E402


def queue(count: int) -> None:
    Email.objects.bulk_create(
        Email(
            from_email=order["from"],
            to=[f"dana-{number}@example.org"],
            subject=order["subject"],
            message=order["text"],
            html_message=order["html"],
            priority=PRIORITY.medium,
            status=STATUS.queued,
        )
        for number in range(count)
    )


def send_all() -> None:
    send_queued_mail_until_done(f"{sys.argv[1]}.lock", order["processes"], log_level=2)


call_command("migrate", verbosity=0)
queue(order["warm"])
send_all()  # every module is imported, every connection was open once
queue(order["count"])
print("ready", flush=True)
sys.stdin.readline()
began = time.perf_counter()
send_all()
print(time.perf_counter() - began, flush=True)
left = Email.objects.exclude(status=STATUS.sent).count()
assert left == 0, f"{left} not sent"
