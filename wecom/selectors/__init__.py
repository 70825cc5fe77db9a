"""Reading what the gateway keeps, for who looks after the connection."""
