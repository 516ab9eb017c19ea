"""Claims about files of entries: every bad row is named with its line, and a good file is read as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from churnpredict.errors import DataError
from churnpredict.ledger import read_rows

from .writing import on

HEADER = "account_id,state,on_day,play,arr,note,reengaged_on,corrects\n"


def file(folder: Path, text: str | bytes) -> Path:
    path = folder / "calls.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(DataError) as error:
        read_rows(file(folder, text))
    return str(error.value).splitlines()


def test_rows_are_read_with_their_lines(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "\ufeff" + HEADER + 'a,open,2025-03-03,red,1.5,"=cmd|x, ""y""\n<b>",,\nb,saving,2025-03-04,,,,2025-03-05,7\n',
    )
    first, second = read_rows(path)
    assert (first.entry.account_id, first.entry.arr, first.entry.note) == ("a", 1.5, '=cmd|x, "y"\n<b>')
    assert (first.entry.reengaged_on, first.entry.corrects, first.entry.play) == (None, None, "red")
    assert (second.entry.on_day, second.entry.reengaged_on, second.entry.corrects) == (on(1), on(2), 7)
    assert second.where.endswith("calls.csv, line 4")


def test_every_bad_row_is_named_at_once(tmp_path: Path) -> None:
    rows = [
        "a,open,3.3.2025,,,,,",
        "b,opened,2025-03-03,,1.000,,,",
        "c,open,2025-03-03,,ten,,,x",
        ",open,2025-03-03,,,,,",
        "d,open",
    ]
    said = refused(tmp_path, HEADER + "\n".join(rows) + "\n")
    named = [line.partition("calls.csv, ")[2].split(";")[0] for line in said]
    assert named == [
        "line 2: on_day: '3.3.2025'",
        "line 3: state: 'opened'",
        "line 4: arr: 'ten'",
        "line 4: corrects: 'x'",
        "line 5: account_id: nothing",
        "line 6: not as many cells as the header has",
    ]


def test_a_header_must_be_known(tmp_path: Path) -> None:
    assert "no column 'on_day'" in refused(tmp_path, "account_id,state,day\n")[0]
    assert (
        "unknown column 'reasons'; expected one of: reason" in refused(tmp_path, "account_id,state,on_day,reasons\n")[0]
    )
    assert "'state' twice" in refused(tmp_path, "account_id,state,on_day,state\n")[0]
    assert "no column 'account_id'" in refused(tmp_path, "")[0]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'account_id,state,on_day\n"a'])
def test_what_is_no_csv_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "expected a CSV file in UTF-8" in refused(tmp_path, content)[0]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_rows(tmp_path / "none.csv")
