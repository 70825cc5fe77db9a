"""Excel files of lists (导出)."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped] # it ships no types
from django.http import HttpResponse

from common.clock import SHANGHAI

CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What customers typed stays text: no formula, no link comes of it.
_SAFE: Final = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}

Cell = str | int | float | datetime | None


def sheet_response(
    name: str, heads: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]]
) -> HttpResponse:
    """Answer with an Excel file of one sheet.

    Args:
        name: Of the file, without ending.
        heads: The columns: their words and width in characters.
        rows: One sequence of values a row, in the order of the columns; moments are written in
            Shanghai time.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, dict(_SAFE)) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True, "bg_color": "#EEF2F8"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for column, (words, width) in enumerate(heads):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, words, bold)
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _write(sheet, line, column, value, moment)
    response = HttpResponse(file.getvalue(), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _write(sheet: Any, line: int, column: int, value: Cell, moment: Any) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        sheet.write_datetime(line, column, value.astimezone(SHANGHAI).replace(tzinfo=None), moment)
    elif isinstance(value, str):
        sheet.write_string(line, column, value)
    else:
        sheet.write_number(line, column, value)
