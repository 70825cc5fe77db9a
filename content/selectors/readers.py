"""What is known of readers."""

from customers.models import Identity


def reader_exists(identity_id: int | None) -> bool:
    """False for a reader whose record has been deleted since their cookie was set."""
    return identity_id is None or Identity.objects.filter(pk=identity_id).exists()
