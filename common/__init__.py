"""The ground floor: clock, ids, money, bells, encrypted fields, SQL. Knows no domain word."""
