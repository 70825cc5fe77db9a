"""A form takes the fields that it names and no others, and none of them is a key to the house."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from rest_framework import serializers

import scrm
from tests.architecture.sources import Source, planted, product_sources

# What decides who somebody is, what they may do, or whose a row is.
KEYS = {
    "is_superuser",
    "is_staff",
    "is_active",
    "role",
    "permissions",
    "rights",
    "password",
    "sessions_epoch",
    "password_is_temporary",
    "user",
    "user_id",
    "owner",
    "owner_id",
    "staff",
    "staff_id",
    "actor",
    "started_by",
    "created_by",
    "corp",
    "corp_id",
    "app_id",
    "identity",
    "identity_id",
    "customer_id",
    "merged_into",
    "scopes",
    "digest",
    "secret",
    "left_at",
    "expires_at",
    "revoked_at",
}
# Forms that may, and who sees to it.
MAY = {
    ("AccountForm", "role"): "only roles that the viewer may grant; the service asks again",
    ("AccountForm", "staff"): "a member by userid without an account; ACCOUNTS_MANAGE",
    ("NewAccountForm", "role"): "as AccountForm",
    ("NewAccountForm", "staff"): "as AccountForm",
    ("TokenForm", "user"): "only accounts that the viewer may grant; the service asks again",
    ("TokenForm", "scopes"): "a token can do no more than its account",
    ("CodeForm", "staff"): "whom a channel code leads to; CODES_EDIT",
    ("VariantForm", "staff"): "as CodeForm",
    ("LinkForm", "staff"): "whose link it is; within the viewer's scope",
    ("BasicsForm", "owner"): "who looks after a journey, of those who may edit; grants no right",
    ("SetUpForm", "corp_id"): "of the first corp only; CONNECTION_MANAGE",
    ("SetUpForm", "secret"): "WeCom's, sealed and never shown; CONNECTION_MANAGE",
    ("AppForm", "secret"): "as SetUpForm",
    ("CodeBodySerializer", "staff"): "whom a code leads to, of the caller's scope; CODES_EDIT",
    ("NewCodeSerializer", "staff"): "as CodeBodySerializer",
    ("NewCodeSerializer", "corp"): "which of our corps, where there are several; CODES_EDIT",
    ("NewTagsSerializer", "corp"): "as for NewCodeSerializer; TAGS_MANAGE",
    ("ToldEventSerializer", "staff"): "whom it happened with, of the caller's scope; EVENTS_RECORD",
    ("ToldEventSerializer", "identity"): "whom it happened to, as its staff",
    ("ToldOneSerializer", "staff"): "as ToldEventSerializer",
    ("ToldOneSerializer", "identity"): "as ToldEventSerializer",
}
# What was sent, before a form or serializer has left out what it does not name.
FROM_OUTSIDE = {"POST", "GET", "data", "query_params"}
BODY = re.compile(r"\b(\w+)\(data=")
MODEL_MADE = {"ModelForm", "ModelSerializer", "HyperlinkedModelSerializer", "modelform_factory"}


def classes(base: type) -> Iterator[type[Any]]:
    """Every subclass in the product, after all of it was imported."""
    for module in pkgutil.walk_packages(scrm.__path__, "scrm."):
        if ".management.commands." not in module.name and module.name != "scrm.asgi":
            importlib.import_module(module.name)
    found, waiting = set(), [base]
    while waiting:
        for below in waiting.pop().__subclasses__():
            if below not in found:
                found.add(below)
                waiting.append(below)
    return (each for each in found if each.__module__.startswith("scrm."))


def keys_of_forms() -> set[tuple[str, str]]:
    return {
        (form.__name__, name)
        for form in classes(forms.BaseForm)
        if not issubclass(form, AuthenticationForm)
        for name in form.base_fields
        if name in KEYS
    }


def writable_keys_of_serializers() -> set[tuple[str, str]]:
    """Of request bodies only: what answers show is another matter."""
    read = bodies()
    return {
        (each.__name__, name)
        for each in classes(serializers.Serializer)
        for name, field in each._declared_fields.items()
        if name in KEYS and not field.read_only and each.__name__ in read
    }


def bodies() -> set[str]:
    """The serializers that views read requests with: `X(data=…)` in the sources."""
    return {name for source in product_sources() for name in BODY.findall(source.text)}


def made_by_models(sources: Sequence[Source]) -> list[str]:
    """Forms that take their fields from a model, and outside values handed on by their names."""
    found = []
    for source in sources:
        if not source.path.startswith("scrm/"):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Name | ast.Attribute) and _name(node) in MODEL_MADE:
                found.append(f"{source.at(node)} {_name(node)}")
            if isinstance(node, ast.Call):
                handed = [word.value for word in node.keywords if word.arg is None]
                found += [
                    f"{source.at(node)} **{_name(value)}"
                    for value in handed
                    if _name(value) in FROM_OUTSIDE
                ]
    return found


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_no_form_takes_its_fields_from_a_model():
    assert made_by_models(product_sources()) == []


def test_no_form_takes_a_key_that_nobody_allowed():
    assert keys_of_forms() - set(MAY) == set()


def test_no_body_of_the_api_takes_a_key():
    assert writable_keys_of_serializers() - set(MAY) == set()


def test_what_is_allowed_is_still_there():
    assert set(MAY) - keys_of_forms() - writable_keys_of_serializers() == set()


def test_the_rules_can_fail():
    bad = planted(
        "class F(forms.ModelForm):\n    pass\nmake(**request.data)\n", "scrm/console/x.py"
    )
    assert made_by_models([bad]) == [
        "scrm/console/x.py:1 ModelForm",
        "scrm/console/x.py:3 **data",
    ]
