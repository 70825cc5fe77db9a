"""The demo company 团绒宠物: a seeded, repeatable generator that touches no network."""

from sandbox.demo.facts import company_facts
from sandbox.demo.history import build_history, history_of
from sandbox.demo.load import build_world

__all__ = ["build_history", "build_world", "company_facts", "history_of"]
