"""Reads the one file of a multipart/form-data body."""

from __future__ import annotations

import re

from sandbox.api.call import Upload

_PARAMETER = re.compile(r'(\w+)="?([^";\r\n]*)"?')


def read_upload(content_type: str, body: bytes) -> Upload | None:
    """Return the first part that has a file name, else the first part, else None."""
    _, _, boundary = content_type.partition("boundary=")
    boundary = boundary.split(";")[0].strip().strip('"')
    if not boundary:
        return None
    parts = [
        part
        for chunk in body.split(b"--" + boundary.encode())[1:]
        if (part := _part(chunk)) is not None
    ]
    return next((part for part in parts if part.filename), parts[0] if parts else None)


def _part(chunk: bytes) -> Upload | None:
    head, found, content = chunk.partition(b"\r\n\r\n")
    if not found:
        return None
    headers: dict[str, str] = {}
    for line in head.decode(errors="replace").splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    words = dict(_PARAMETER.findall(headers.get("content-disposition", "")))
    return Upload(
        words.get("name", ""),
        words.get("filename", ""),
        headers.get("content-type", "application/octet-stream"),
        content.removesuffix(b"\r\n"),
    )
