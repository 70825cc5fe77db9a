"""The product's settings on the test cluster; programs that tests start inherit the addresses."""

import os

from tests import services

os.environ["DATABASE_URL"] = services.CLUSTER.database_url(services.DATABASE)
REDIS_NUMBER = services.claim_redis_number()
os.environ["REDIS_URL"] = services.CLUSTER.redis_url(REDIS_NUMBER)
os.environ["LOG_FORMAT"] = "json"

from scrm.settings import *  # noqa: E402, F403 - the addresses come first

CELERY_BROKER_URL = services.CLUSTER.broker_url(REDIS_NUMBER)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
