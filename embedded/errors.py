"""What can go wrong with the embedded services, in sentences that say what to do."""


class EmbeddedError(Exception):
    """The message is for the person at the terminal."""
