"""Excel files (导出): texts are texts, never formulas or links, whoever wrote them."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import xlsxwriter  # type: ignore[import-untyped] # it ships no types
from django.http import HttpResponse

from common.clock import SHANGHAI

Cell: TypeAlias = str | int | float | datetime
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SAFE: Final = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_NAME_CHARACTERS: Final = 31
_CELL_CHARACTERS: Final = 32_000
_FORBIDDEN_IN_NAMES: Final = str.maketrans("", "", "[]:*?/\\'")
_WIDTH: Final = 18


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, the heads of its columns, its rows."""

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """Write a workbook, row by row."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _SAFE) as book:
        head = book.add_format({"bold": True, "bg_color": "#EEF2F8"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for sheet in sheets:
            name = sheet.name.translate(_FORBIDDEN_IN_NAMES)[:_NAME_CHARACTERS]
            page = book.add_worksheet(name)
            page.set_column(0, len(sheet.heads) - 1, _WIDTH)
            page.freeze_panes(1, 0)
            for column, words in enumerate(sheet.heads):
                page.write_string(0, column, words, head)
            for line, row in enumerate(sheet.rows, start=1):
                for column, value in enumerate(row):
                    _write(page, line, column, value, moment)
    return file.getvalue()


def file_answer(content: bytes, name: str) -> HttpResponse:
    """Answer a workbook to be kept under a name."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def _write(page: Any, line: int, column: int, value: Cell, moment: Any) -> None:
    if isinstance(value, datetime):
        local = value.astimezone(SHANGHAI).replace(tzinfo=None)
        page.write_datetime(line, column, local, moment)
    elif isinstance(value, str):
        page.write_string(line, column, value[:_CELL_CHARACTERS])
    else:
        page.write_number(line, column, value)
