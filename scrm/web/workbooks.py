"""Excel files (导出): texts are texts, never formulas or links, whoever wrote them."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

import xlsxwriter  # type: ignore[import-untyped] # it ships no types
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from common.clock import SHANGHAI

# An empty cell is None; a broken number is money in yuan.
Cell: TypeAlias = str | int | float | datetime | None
# The words of a column, with its width in characters where the usual one does not do.
Head: TypeAlias = str | tuple[str, int]
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
    heads: Sequence[Head]
    rows: Iterable[Sequence[Cell]]


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """Write a workbook row by row, never whole in memory; moments are in Shanghai time."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _SAFE) as book:
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#EEF2F8"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "money": book.add_format({"num_format": "#,##0.00"}),
        }
        for sheet in sheets:
            page = book.add_worksheet(sheet.name.translate(_FORBIDDEN_IN_NAMES)[:_NAME_CHARACTERS])
            page.freeze_panes(1, 0)
            for column, head in enumerate(sheet.heads):
                words, width = head if isinstance(head, tuple) else (head, _WIDTH)
                page.set_column(column, column, width)
                page.write_string(0, column, words, formats["head"])
            for line, row in enumerate(sheet.rows, start=1):
                for column, value in enumerate(row):
                    _write(page, line, column, value, formats)
    return file.getvalue()


def sheet_response(
    name: str, heads: Sequence[Head], rows: Iterable[Sequence[Cell]]
) -> HttpResponse:
    """Answer with a workbook of one sheet, to be kept as `name`.xlsx."""
    return file_answer(workbook([Sheet(name, heads, rows)]), f"{name}.xlsx")


def file_answer(content: bytes, name: str, *, kind: str = XLSX) -> HttpResponse:
    """Answer a file, a workbook if nothing else is said, to be kept under a name."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _write(page: Any, line: int, column: int, value: Cell, formats: Mapping[str, Any]) -> None:
    if isinstance(value, datetime):
        local = value.astimezone(SHANGHAI).replace(tzinfo=None)
        page.write_datetime(line, column, local, formats["moment"])
    elif isinstance(value, str):
        page.write_string(line, column, value[:_CELL_CHARACTERS])
    elif value is not None:
        money = formats["money"] if isinstance(value, float) else None
        page.write_number(line, column, value, money)
