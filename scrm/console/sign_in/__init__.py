"""Signing in: password, WeCom, second step."""
