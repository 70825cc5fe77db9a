"""A port in use is explained before anything starts."""

import os
import socket
from collections.abc import Iterator

import pytest

from embedded import EmbeddedError
from embedded.ports import require_free


@pytest.fixture
def held_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_in_use_names_the_port_its_holder_and_the_way_out(held_port: int):
    with pytest.raises(EmbeddedError) as refusal:
        require_free(held_port, purpose="web", variable="PORT")
    said = str(refusal.value)
    assert f"Port {held_port} (web) is already in use by process {os.getpid()} (" in said
    assert said.endswith(f"choose another port: PORT={held_port + 10} make run")


def test_a_free_port_passes(held_port: int):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        free = other.getsockname()[1]
    require_free(free, purpose="web", variable="PORT")
