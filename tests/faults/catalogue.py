"""What can go wrong, and what is expected then: each case has a number that tests carry as ``pytest.mark.case``.

Exit codes are those of `churnpredict.errors`. "Told" means a warning on the terminal, in ``--json`` and in the week's
manifest; "set aside" means left out of everything and kept, with its reason, in the week's ``quarantine`` folder.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A fault.

    Parameters
    ----------
    fault
        What goes wrong.
    expected
        What should happen.
    judged
        Why the product does otherwise, where it does.
    """

    fault: str
    expected: str
    judged: str = ""


SECTIONS = {
    "Tables": range(1, 23),
    "Time": range(23, 35),
    "Training": range(35, 44),
    "Model": range(44, 52),
    "Running": range(52, 65),
    "Security": range(65, 77),
}

CASES = {
    1: Case("a table is missing", "exit 3, names it and those there are"),
    2: Case("a column is missing", "exit 3, the nearest name"),
    3: Case("a column too many", "ignored"),
    4: Case("a column of the wrong type", "exit 3, three samples"),
    5: Case("numbers as text, decimal comma", "exit 3, nothing is guessed"),
    6: Case("a header names a column twice", "exit 3"),
    7: Case("a byte order mark", "accepted"),
    8: Case("a file that is not UTF-8", "exit 3, where it is not"),
    9: Case("a row with more or fewer cells", "exit 3, its line"),
    10: Case("an empty file, no rows", "exit 3; events may have none"),
    11: Case("ids such as 007, NA, null", "text, kept as they are"),
    12: Case("ids that differ in case or blanks alone", "told, refused with --strict, never merged"),
    13: Case("an account twice", "exit 3"),
    14: Case("an event twice", "counted once, told"),
    15: Case("events of no declared account", "set aside, told"),
    16: Case("rows without an account", "set aside, told; exit 3 above 1 %"),
    17: Case("texts of a megabyte, control characters", "cut and cleaned in what people open"),
    18: Case("a column of mixed kinds", "exit 3"),
    19: Case("a column without any value", "told; scored as missing"),
    20: Case("NaN and infinity", "missing; infinity is told"),
    21: Case("negative revenue or usage", "outside declared limits: set aside; exit 3 above 1 %"),
    22: Case(
        "a category that training did not see",
        "scored as missing, told; an error above a share",
        "Scored as missing without a word: a new plan is news of the business, not damage, and drift is for "
        "monitoring to tell. Refusing the week for it would withhold the list when it is needed.",
    ),
    23: Case(
        "rows dated in the future",
        "left out, told; an error above a share",
        "Told, never an error: meetings and renewals are booked ahead, and a share would refuse calendars.",
    ),
    24: Case("rows that arrive late", "a backfilled week equals the live one"),
    25: Case("a source without known_at", 'told: "leakage is not provable"'),
    26: Case("an event on the cutoff itself", "not visible"),
    27: Case(
        "times with and without a zone",
        "exit 3 unless a zone is declared",
        "A zone is always declared (UTC unless another is named), so times without one have one meaning.",
    ),
    28: Case("days of 23 and 25 hours", "whole local days"),
    29: Case("a cutoff in the future", "exit 2"),
    30: Case("a cutoff before the history", "exit 3, the first day that can be used"),
    31: Case("a week without events", "the list of all accounts, told"),
    32: Case("a source that stopped", "exit 4"),
    33: Case("29 February, week 53, the turn of the year", "days are counted, nothing else"),
    34: Case("an account that left before the cutoff", "not scored"),
    35: Case("nobody churned", "exit 5, the champion stays"),
    36: Case("an interval in which nobody churned", "exit 5"),
    37: Case("too few churners", "exit 5 with their number"),
    38: Case("a label whose window is still open", "not a label"),
    39: Case("a feature that knows the future", "exit 5, named"),
    40: Case("a figure that is not a number", "never promotes"),
    41: Case("a challenger that is no better", "not promoted, exit 0"),
    42: Case("a search for settings that is killed", "goes on where it was"),
    43: Case("two trainings at once", "the second: exit 6"),
    44: Case("a truncated booster", "exit 7 before it is parsed"),
    45: Case("no champion", "exit 7: run train"),
    46: Case("features missing or renamed", "exit 7; order does not matter"),
    47: Case("a model of a newer version", "exit 7"),
    48: Case("a pickle in place of a model", "never loaded"),
    49: Case("other levels of a category", "read by the bundle's own list"),
    50: Case("a calibration that is missing or falls", "exit 7"),
    51: Case("models moved to another folder", "load by relative path"),
    52: Case("killed while writing", "the old list, nothing under its final name"),
    53: Case("no room on the disk", "exit 8, staging removed"),
    54: Case("the same week twice", "the same bytes"),
    55: Case("two runs of a week at once", "one wins, the other: exit 6"),
    56: Case(
        "a DuckDB database that another program holds",
        "bounded retries, then exit 6",
        "Exit 6 at once: who writes to a DuckDB file holds it as long as the program lives, and schedulers retry.",
    ),
    57: Case("PostgreSQL is down when the list is written", "files stand, exit 8, deliver makes up for it"),
    58: Case("the connection is lost in the middle of COPY", "rolled back"),
    59: Case("little memory", "scored in bounded batches"),
    60: Case("SIGINT, SIGTERM", "130, 143, nothing changed"),
    61: Case("a folder that cannot be written", "exit 8"),
    62: Case(
        "two writers of a fresh tracking database",
        "one waits",
        "Training holds the models' folder before it tracks anything, so there is one writer.",
    ),
    63: Case("no network", "everything works"),
    64: Case("files of a week that its manifest does not know", "exit 3"),
    65: Case("a name that is a formula, in CSV", "cannot act"),
    66: Case("a name that is a formula or a link, in XLSX", "is text"),
    67: Case("markup in names and texts", "is text"),
    68: Case("names that are paths", "confined to the folder"),
    69: Case("SQL in names of columns and tables", "only a name"),
    70: Case("an untrusted pickle", "never loaded"),
    71: Case("a secret in an address", "never printed"),
    72: Case("a configuration made to exhaust", "exit 2"),
    73: Case("escape sequences and line breaks in names", "written out on the terminal"),
    74: Case("a workbook or an archive as input", "is none: exit 2"),
    75: Case("personal data in files", "for their owner alone"),
    76: Case("an environment variable that is not set", "exit 2, not an empty text"),
}
