"""Lists as Excel files (导出): short ones, written and answered at once.

Whatever stands in a cell was written by strangers: texts are texts, never formulas or links.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from urllib.parse import quote

import xlsxwriter  # type: ignore[import-untyped] # it ships no types
from django.http import HttpResponse
from django.utils.timezone import localtime

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell: TypeAlias = str | int | float | datetime | None
_LEAST_WIDTH: Final = 12
_MOST_WIDTH: Final = 40


def sheet_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Answer with a workbook of one sheet.

    Args:
        name: Of the file and the sheet, without an ending.
        heads: The first row.
        rows: Texts, numbers and moments; moments are written in local time.
    """
    response = HttpResponse(_written(name, heads, rows), content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.xlsx"
    return response


def _written(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    file = io.BytesIO()
    safe = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, safe) as book:
        sheet = book.add_worksheet(name[:31])
        head = book.add_format({"bold": True, "bg_color": "#EEF2F8"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        for column, words in enumerate(heads):
            width = min(max(_LEAST_WIDTH, len(words) * 2 + 2), _MOST_WIDTH)
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, words, head)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    local = localtime(value).replace(tzinfo=None)
                    sheet.write_datetime(line, column, local, moment)
                elif isinstance(value, str):
                    sheet.write_string(line, column, value)
                elif value is not None:
                    sheet.write_number(line, column, value)
    return file.getvalue()
