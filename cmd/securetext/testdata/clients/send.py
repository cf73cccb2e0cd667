"""Sends the letter that comes as JSON on standard input, by smtplib.

A refusal goes to standard error in the server's words, and the status is 1.
"""

import json
import smtplib
import ssl
import sys
from email import policy
from email.message import EmailMessage


def written(letter):
    eight_bit = bool(letter["raw"])
    mail = EmailMessage(policy=policy.SMTPUTF8 if eight_bit else policy.SMTP)
    mail["From"], mail["To"] = letter["from"], ", ".join(letter["to"])
    mail["Subject"] = letter["subject"]
    mail.set_content(letter["text"], cte="8bit" if eight_bit else None)
    if letter["file_name"]:
        mail.add_attachment(letter["file"], filename=letter["file_name"])
    return mail


def send(letter):
    with smtplib.SMTP("localhost", letter["port"], "desk.riverside.example", timeout=20) as server:
        if letter["tls"]:
            server.starttls(context=ssl.create_default_context(cafile=letter["ca"]))
            server.ehlo()
            server.user, server.password = letter["user"], letter["password"]
            server.auth(letter["auth"], getattr(server, "auth_" + letter["auth"].lower()))
        options = ["BODY=8BITMIME", "SMTPUTF8"] if letter["raw"] else []
        asked = ["NOTIFY=" + letter["notify"]] if letter["notify"] else []
        if asked:
            options += ["RET=HDRS", "ENVID=desk-1"]
        server.send_message(
            written(letter), letter["from"], letter["to"], mail_options=options, rcpt_options=asked
        )


try:
    send(json.load(sys.stdin))
except smtplib.SMTPRecipientsRefused as refused:
    sys.exit("\n".join(f"{code} {words.decode()}" for code, words in refused.recipients.values()))
except smtplib.SMTPResponseException as refused:
    sys.exit(f"{refused.smtp_code} {refused.smtp_error.decode()}")
