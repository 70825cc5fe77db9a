"""Seeded randomness: one independent stream per subject, so that changing one leaves the others."""

import random
import string

_ALPHABET = string.ascii_letters + string.digits + "_-"


def stream(seed: int, subject: str) -> random.Random:
    """Return the generator of one subject; the same seed and subject always give the same draws."""
    return random.Random(f"{seed}:{subject}")


def opaque(rng: random.Random, length: int) -> str:
    """Return an opaque identifier made of `length` letters, digits, `_` and `-`."""
    return "".join(rng.choices(_ALPHABET, k=length))


def poisson(rng: random.Random, mean: float) -> int:
    """Draw a Poisson count by adding exponential gaps (means here stay small)."""
    count, reached = 0, rng.expovariate(1.0)
    while reached < mean:
        count += 1
        reached += rng.expovariate(1.0)
    return count


def apportion(total: int, weights: list[int]) -> list[int]:
    """Split `total` in proportion to `weights` by the largest remainder; the parts add up."""
    whole = sum(weights)
    shares = [total * weight / whole for weight in weights]
    parts = [int(share) for share in shares]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - shares[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts
