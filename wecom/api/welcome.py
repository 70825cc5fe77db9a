"""Welcome messages (欢迎语), wecom-api §10."""

from collections.abc import Sequence

from wecom.api.attachments import Attachment, content
from wecom.client import Client


def send_welcome_msg(
    client: Client, *, welcome_code: str, text: str = "", attachments: Sequence[Attachment] = ()
) -> None:
    """Send the welcome of one add event, within 20 s of it; a code works once.

    Args:
        client: The app's client.
        welcome_code: From the event.
        text: Up to 4,000 bytes of UTF-8; text and attachments must not both be empty.
        attachments: Up to 9.

    Raises:
        WelcomeExpired: too late, used or invalid (41050): drop it.
        WelcomeNotNeeded: the chat has begun (41051): drop it; after `Ambiguous` it may be ours.
        Transient: another app's welcome is under way (41096): again inside the 20 s.
        Ambiguous: perhaps sent; the code cannot work twice, so one more try inside 20 s is safe.

    Source: wecom-api §10, externalcontact/send_welcome_msg.
    """
    client.post(
        "externalcontact/send_welcome_msg",
        {"welcome_code": welcome_code, **content(text=text, attachments=attachments)},
    )
