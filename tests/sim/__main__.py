"""`python -m tests.sim SEED`: play one history and tell it, line by line."""

import argparse
import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings")
    django.setup()

    from tests.sim.runner import main

    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=main.__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--count", type=int, default=0, help="play so many, tell only violations")
    parser.add_argument("--profile", default="", help="lawful, slow or frozen; else by the seed")
    parser.add_argument("--stop", action="store_true", help="stop at the first violation")
    arguments = parser.parse_args()
    sys.exit(main(arguments.seed, arguments.count, arguments.profile, is_stopping=arguments.stop))
