"""Embedded PostgreSQL and Redis: a program of its own that knows no app and no Django."""

from embedded.cluster import Cluster, cluster
from embedded.errors import EmbeddedError
from embedded.urls import broker_url, database_url, redis_url

__all__ = ["Cluster", "EmbeddedError", "broker_url", "cluster", "database_url", "redis_url"]
