"""Which calls go one after the other (串行): those about one member and one customer."""

from org.models import Staff

MAX_CHARACTERS = 160


def pair_key(staff: Staff, external_userid: str) -> str:
    """Return the key under which calls about one member and customer go one after the other."""
    return f"{staff.corp_id}:{staff.userid_folded}:{external_userid}"[:MAX_CHARACTERS]
