"""Words in ready texts that stand for a person (占位符), filled in by whoever sends the text."""

from typing import Final

from django.utils.translation import gettext as _

CUSTOMER: Final = "{客户}"
STAFF: Final = "{员工}"


def fill(text: str, *, customer_name: str, staff_name: str) -> str:
    """Fill the placeholders; a name that is not known yet gives way to a polite word."""
    return text.replace(CUSTOMER, customer_name or _("朋友")).replace(
        STAFF, staff_name or _("您的专属顾问")
    )
