"""Money is an integer number of fen (分); these functions only show it."""


def yuan(amount_fen: int) -> str:
    """Show fen as `¥12,345.00`."""
    sign = "-" if amount_fen < 0 else ""
    whole, cents = divmod(abs(amount_fen), 100)
    return f"{sign}¥{whole:,}.{cents:02d}"
