"""Customers: the list with its views and bulk jobs, and the page of one."""
