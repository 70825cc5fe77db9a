"""Reading: scope, staff, alerts."""
