"""Texts at the limits of somebody else's protocol."""


def cut(text: str, max_bytes: int) -> str:
    """Cut a text to so many bytes of UTF-8, never inside a character."""
    return text.encode()[:max_bytes].decode(errors="ignore")
