"""The ground floor: clock, ids, money, bells, encrypted fields, SQL helpers. Knows no domain word."""
