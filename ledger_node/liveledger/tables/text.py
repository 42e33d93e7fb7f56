"""Bytes to text: UTF-8 unless a mark at the beginning or whoever sends it says otherwise. Nothing is guessed."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata

from liveledger.tables.errors import InvalidCsv

# By the names of Python's codecs. GB18030 holds GBK and GB2312.
_ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5",
    "big5hkscs": "big5hkscs",
    "shift_jis": "cp932",
    "cp932": "cp932",
    "euc_kr": "cp949",
    "cp949": "cp949",
    **{f"cp{number}": f"cp{number}" for number in range(1250, 1259)},
    "iso8859-1": "latin-1",
    "iso8859-15": "iso8859-15",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SHOWN = 30
NAMES = ("utf-8", "utf-16", "gb18030", "big5", "shift_jis", "euc-kr", "windows-1252", "iso-8859-1")


def encoding_of(name: str) -> str:
    """The codec of an encoding by any of its names. Raises InvalidCsv for one that is not read here."""
    try:
        found = _ENCODINGS.get(codecs.lookup(name.strip()[:40]).name)
    except (LookupError, ValueError):
        found = None
    if found is None:
        raise InvalidCsv(f"the encoding {name[:40]!r} is not read here", hint=f"{', '.join(NAMES)} and some others")
    return found


def decode(body: bytes, encoding: str | None = None) -> str:
    """The text of ``body``, in UTF-8 where no encoding is stated and no byte order mark says UTF-16.

    Raises InvalidCsv naming the row of the first byte that does not fit, and GB18030 where that would fit.
    """
    stated = None if encoding is None else encoding_of(encoding)
    for mark, codec, named in _MARKS:
        if body.startswith(mark):
            if stated not in (None, codec) and not (codec == "utf-16" and str(stated).startswith(codec)):
                raise InvalidCsv(f"the file begins with the mark of {named}, not of {encoding}", row=1)
            stated = codec
            break
    try:
        text = body.decode(stated or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _unreadable(body, stated, error) from None
    if "\0" in text:
        row = _row(text[: text.index("\0")])
        hint = "is it UTF-16? Excel's Unicode text is; name the encoding utf-16-le"
        raise InvalidCsv(f"row {row}: there is a NUL, which no text has", hint=hint, row=row)
    return text


def _unreadable(body: bytes, codec: str | None, error: UnicodeDecodeError) -> InvalidCsv:
    row = _row(body[: error.start].decode(codec or "utf-8", "replace"))
    named = "UTF-8" if codec in (None, "utf-8-sig") else str(codec).upper()
    chinese = None if codec not in (None, "utf-8-sig") else _as_chinese(body)
    sentence = f"row {row}: byte {error.start} is no {named}"
    if chinese is None:
        return InvalidCsv(sentence, hint="save it as UTF-8, or name its encoding", row=row)
    return InvalidCsv(
        f"{sentence}; read as GB18030, which Chinese Excel saves, the file begins {chinese!r}",
        hint="name the encoding: --encoding gb18030, or over HTTP Content-Type: text/csv; charset=gb18030",
        row=row,
    )


def _as_chinese(body: bytes) -> str | None:
    """The beginning of a text that is Chinese in GB18030 as a whole; None for any other."""
    try:
        text = body.decode("gb18030")
    except UnicodeDecodeError:
        return None
    beyond = [letter for letter in text[:100_000] if not letter.isascii()]
    chinese = sum("CJK" in unicodedata.name(letter, "") or letter in "（），：；、。" for letter in beyond)
    if not chinese or 2 * chinese < len(beyond):
        return None
    return " ".join(text.split("\n", 1)[0].split())[:_SHOWN]


def _row(before: str) -> int:
    """Number of the row that ``before`` ends in, as a spreadsheet counts: a quoted cell may have several lines."""
    try:
        return sum(1 for _ in csv.reader(io.StringIO(f"{before}.", newline="")))
    except csv.Error:  # a cell that is too long: its line is near enough
        return before.count("\n") + 1
