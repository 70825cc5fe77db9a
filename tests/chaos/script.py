"""A long random script of what people do, with the state of each relation kept in mind."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MEMBERS = ("zhangsan", "lisi", "wangwu")
CHAT = "wrTESTgroup000000000000000000001"
TAGS = ("etTESTtag00000000000000000000001", "etTESTtag00000000000000000000002")

# What can be done in each state of a relation, and the state afterwards.
MOVES = {
    "none": (("add", "friend"), ("add", "friend"), ("half", "half")),
    "half": (("add_back", "friend"), ("leave", "none")),
    "friend": (
        ("edit", "friend"),
        ("edit", "friend"),
        ("tag", "friend"),
        ("leave", "customer_deleted"),
        ("remove", "none"),
    ),
    "customer_deleted": (
        ("add", "friend"),
        ("edit", "customer_deleted"),
        ("remove", "none"),
    ),
}


@dataclass
class Script:
    """Rounds of actions; in one round nobody does two things, so no two share a second."""

    people: int
    a_round: int
    seed: int = 1
    _states: dict[str, str] = field(default_factory=dict)
    _in_group: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._handles = [f"storm-{number:05d}" for number in range(self.people)]

    def rounds(self, count: int) -> Iterator[list[dict[str, Any]]]:
        """Yield rounds until so many things have been done."""
        number = done = 0
        while done < count:
            handles = self._random.sample(self._handles, min(self.a_round, count - done))
            actions = [self._next(handle) for handle in handles]
            yield actions + self._noise(number)
            done += len(actions)
            number += 1

    def _next(self, handle: str) -> dict[str, Any]:
        state = self._states.get(handle, "none")
        if state == "friend" and self._random.random() < 0.1:
            return self._group_move(handle)
        move, self._states[handle] = self._random.choice(MOVES[state])
        # One member a person, so that a relation is the person.
        pair = {"customer": handle, "member": MEMBERS[hash_of(handle) % len(MEMBERS)]}
        return _WORDS[move](self._random) | pair

    def _group_move(self, handle: str) -> dict[str, Any]:
        if handle in self._in_group:
            self._in_group.discard(handle)
            return {"action": "leave_group", "chat_id": CHAT, "customer": handle}
        self._in_group.add(handle)
        return {"action": "join_group", "chat_id": CHAT, "customer": handle}

    def _noise(self, number: int) -> list[dict[str, Any]]:
        """Something from the console now and then."""
        return [
            {"action": "update_user", "userid": "wangwu", "department": [1 + number % 3]},
            {"action": "tag_create", "group_name": "活动", "names": [f"第{number}场"]},
            {"action": "rename_group", "chat_id": CHAT, "name": f"福利群 {number}"},
        ]


def hash_of(handle: str) -> int:
    """A number that is the same in every process."""
    return sum(handle.encode())


def _edit(chance: random.Random) -> dict[str, Any]:
    number = chance.randrange(10_000)
    return {
        "action": "edit_remark",
        "remark": f"备注{number}",
        "description": f"说明{number}",
        "remark_mobiles": [f"139{number:08d}"] * (number % 2),
    }


def _tag(chance: random.Random) -> dict[str, Any]:
    add, remove = chance.sample(TAGS, 2)
    return {"action": "tag_by_member", "add": [add], "remove": [remove]}


_WORDS = {
    "add": lambda chance: {
        "action": "add_friend",
        "add_way": chance.randrange(1, 4),
        "state": chance.choice(["", "A01", "B07"]),
    },
    "half": lambda _: {"action": "add_friend", "half": True},
    "add_back": lambda _: {"action": "add_back"},
    "leave": lambda _: {"action": "delete_friend"},
    "remove": lambda _: {"action": "member_delete"},
    "edit": _edit,
    "tag": _tag,
}
