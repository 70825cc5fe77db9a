"""触达: the one door out. Plan, claim, send, settle; nothing else talks to customers or staff."""
