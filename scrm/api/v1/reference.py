"""The OpenAPI document as people read it: sections of operations, bodies as rows of fields."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from scrm.api.v1.schema import document

DEEPEST: Final = 3
METHODS: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body or an answer; `depth` says how far inside it lies."""

    name: str
    type: str
    about: str
    choices: Sequence[str]
    is_required: bool
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that an operation may give."""

    status: str
    about: str
    fields: Sequence[Field] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked."""

    anchor: str
    method: str
    path: str
    summary: str
    about: str
    scopes: Sequence[str]
    rights: Sequence[str]
    parameters: Sequence[Field]
    body: Sequence[Field]
    answers: Sequence[Answer]
    refusals: Sequence[str]


@dataclass(frozen=True, slots=True)
class Section:
    """The operations on one kind of thing."""

    name: str
    operations: list[Operation] = field(default_factory=list)


@cache
def sections() -> list[Section]:
    """Return the whole reference, in the order of the addresses."""
    found: dict[str, Section] = {}
    for path, operations in document()["paths"].items():
        for method in METHODS:
            if method in operations:
                told = operations[method]
                name = told["tags"][0]
                section = found.setdefault(name, Section(name))
                section.operations.append(_operation(method, path, told))
    return list(found.values())


def _operation(method: str, path: str, told: Mapping[str, Any]) -> Operation:
    answers = told["responses"]
    return Operation(
        anchor=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told["summary"],
        about=_plain(told.get("description", "")),
        scopes=told.get("x-scopes", ()),
        rights=told.get("x-rights", ()),
        parameters=[_parameter(one) for one in told.get("parameters", ())],
        body=list(_rows(_json(told.get("requestBody", {})))),
        answers=[
            Answer(status, one.get("description", ""), list(_rows(_json(one))))
            for status, one in answers.items()
            if status.startswith("2")
        ],
        refusals=[status for status in answers if status[0] in "45"],
    )


def _parameter(told: Mapping[str, Any]) -> Field:
    name = f"{{{told['name']}}}" if told["in"] == "path" else told["name"]
    return _field(name, told["schema"], told.get("description", ""), told.get("required", False))


def _json(told: Mapping[str, Any]) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = told.get("content", {}).get("application/json", {}).get("schema")
    return schema or {}


def _rows(schema: Mapping[str, Any], depth: int = 0) -> Iterator[Field]:
    """Return the fields of an object, each followed by those inside it."""
    whole = _whole(schema)
    inner = _whole(whole.get("items", {})) if whole.get("type") == "array" else whole
    if depth > DEEPEST:
        return
    for name, below in inner.get("properties", {}).items():
        is_required = name in inner.get("required", ())
        yield _field(name, below, _whole(below).get("description", ""), is_required, depth)
        yield from _rows(below, depth + 1)


def _field(
    name: str, schema: Mapping[str, Any], about: str, is_required: bool, depth: int = 0
) -> Field:
    whole = _whole(schema)
    return Field(
        name=name,
        type=_type(whole),
        about="" if about.startswith("* `") else _plain(about.split("\n\n* `")[0]),
        choices=[str(one) for one in _whole(whole.get("items", {})).get("enum", ())]
        or [str(one) for one in whole.get("enum", ()) if one not in {None, ""}],
        is_required=is_required,
        depth=depth,
    )


def _plain(about: str) -> str:
    return about.replace("`", "")


def _type(whole: Mapping[str, Any]) -> str:
    kind = str(whole.get("type", "any"))
    if kind == "array":
        return f"{_type(_whole(whole.get('items', {})))}[]"
    text = str(whole.get("format", kind)) if kind == "string" else kind
    low, high = whole.get("minimum"), whole.get("maximum")
    if low is not None and high is not None and high < 10**9:
        text = f"{text} {low}–{high}"
    if "maxLength" in whole:
        text = f"{text} ≤ {whole['maxLength']}"
    return f"{text} | null" if whole.get("nullable") else text


def _whole(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema with what it refers to put in place."""
    whole = dict(schema)
    parts = [*whole.pop("allOf", ()), *whole.pop("oneOf", ())]
    if "$ref" in whole:
        parts.append({"$ref": whole.pop("$ref")})
    for part in parts:
        reference = part.get("$ref")
        below = _component(reference) if reference else part
        whole = {**_whole(below), **whole}
    return whole


def _component(reference: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = document()["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return found
