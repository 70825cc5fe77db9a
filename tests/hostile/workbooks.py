"""What an exported workbook holds."""

import io
import zipfile

from python_calamine import CalamineWorkbook

FORMULA, LINK = b"<f>", b"<hyperlink"


def live_parts_of(content: bytes) -> list[str]:
    """The sheets in which something would be computed or opened."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return [
            name
            for name in book.namelist()
            if name.startswith("xl/worksheets/")
            and any(mark in book.read(name) for mark in (FORMULA, LINK))
        ]


def cells_of(content: bytes) -> list[str]:
    """Every cell below the heads, as text."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return [str(cell) for row in sheet.to_python()[1:] for cell in row]
