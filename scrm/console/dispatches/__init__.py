"""Calls to WeCom (发送): mass messages with each customer's result, and what needs a person."""
