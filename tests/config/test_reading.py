"""Reading churnpredict.toml: a Project, or one error with every problem, where it is and what would be right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from churnpredict.config import Project, read_project
from churnpredict.errors import ConfigError

from .documents import FULL, as_toml

SMALL = """\
[accounts]
table = "accounts.parquet"
started_on = "started_on"

[events.usage]
table = "usage.parquet"
time = "at"
[events.usage.signals.logins]
aggregations = ["count"]

[histories.contract]
table = "contract.parquet"
values = { plan = "category", seats = "number", renewal = "date" }

[churn]
kind = "dated"
table = "churn.parquet"
time = "churned_on"
"""


def read(folder: Path, text: str | bytes) -> Project:
    path = folder / "churnpredict.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_project(path)


def refused(folder: Path, text: str | bytes) -> list[str]:
    """The problems, a line each."""
    with pytest.raises(ConfigError) as error:
        read(folder, text)
    assert error.value.exit_code == 2
    return str(error.value).splitlines()


def problem(folder: Path, text: str | bytes) -> str:
    """The only problem."""
    lines = refused(folder, text)
    assert len(lines) == 1, lines
    return lines[0]


def line_with(text: str, found: str) -> int:
    """Number of the only line that has `found` in it."""
    numbers = [number for number, line in enumerate(text.splitlines(), 1) if found in line]
    assert len(numbers) == 1, numbers
    return numbers[0]


# What is right ------------------------------------------------------------------------------------------------------


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    project = read(tmp_path, SMALL)
    assert project.training.intervals() == [(0, 60), (60, 90)]
    assert project.folder == tmp_path.resolve()
    assert [str(feature.name) for feature in project.features()] == [
        "tenure__days_since",
        *("logins__count__28d", "logins__count__84d"),
        *("plan__value", "plan__changes__84d", "seats__value", "seats__change__84d", "renewal__days_until"),
    ]


def test_everything_that_may_be_declared_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, as_toml(FULL)).model_dump() == Project.model_validate(FULL).model_dump()


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "company").mkdir()
    read(tmp_path / "company", SMALL)
    monkeypatch.chdir(tmp_path)
    project = read_project(Path("company/churnpredict.toml"))
    assert project.folder == (tmp_path / "company").resolve()
    assert project.data_folder == project.folder / "data"
    assert project.models_folder == project.folder / "models"


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf" + SMALL.encode()) == read(tmp_path, SMALL)


def test_windows_line_ends_are_line_ends(tmp_path: Path) -> None:
    assert read(tmp_path, SMALL.replace("\n", "\r\n")) == read(tmp_path, SMALL)


def test_labels_and_categories_of_features_are_as_declared(tmp_path: Path) -> None:
    declared = {str(f.name): (f.label, f.category, f.kind) for f in read(tmp_path, as_toml(FULL)).features()}
    assert declared["logins__count__14d"] == ("Logins", "product", "number")
    assert declared["revenue__sum__7d"] == ("Revenue", "financial", "number")
    assert declared["plan__value"] == ("Plan", "context", "category")
    assert declared["plan__changes__28d"] == ("Plan", "context", "number")
    assert declared["signed_on__days_until"] == ("Signed", "context", "number")
    assert declared["vip__value"] == ("Vip", "context", "flag")


# What is no file of the kind ----------------------------------------------------------------------------------------


def test_no_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"churnpredict\.toml: no such file; .* `churnpredict init FOLDER`"):
        read_project(tmp_path / "churnpredict.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_project(tmp_path)


def test_an_empty_file_misses_what_must_be_there(tmp_path: Path) -> None:
    places = [line.split(" ")[0] for line in refused(tmp_path, "")]
    assert places == ["accounts", "churn"]


def test_text_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    message = problem(tmp_path, SMALL.encode() + b'name = "M\xfcller"')
    assert message.endswith(f"byte {len(SMALL) + 9} is not UTF-8; expected a UTF-8 file.")


@pytest.mark.case(72, "exit 2 unread")
def test_a_file_that_is_far_too_large_is_refused_unread(tmp_path: Path) -> None:
    assert "1,000,001 bytes; expected at most 1,000,000" in problem(tmp_path, b"#" * 1_000_001)
    assert "missing" in refused(tmp_path, b"#" * 1_000_000)[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[accounts\n", 1),
        ("[accounts]\ntable = \n", 2),
        ("[accounts]\nkey = 'a'\nkey = 'b'\n", 3),
        ("[accounts]\n[accounts]\n", 2),
        ("a = 2024-02-30\n", 1),
        ('name = "\\q"\n', 1),
    ],
)
def test_what_is_no_toml_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    message = problem(tmp_path, text)
    assert f"line {line}," in message
    assert "expected a TOML file. The fault may be a line earlier." in message


@pytest.mark.parametrize(
    "text",
    [f"a = {'[' * 5000}{']' * 5000}", f"a = {'9' * 5000}", f"seed = 0x{'f' * 5000}"],
    ids=["deep", "long", "hex"],
)
@pytest.mark.case(72, "exit 2")
def test_toml_that_python_cannot_hold_is_refused(tmp_path: Path, text: str) -> None:
    refused(tmp_path, text)


def test_a_key_of_far_too_many_parts_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    assert "a key of more than 100 parts" in problem(tmp_path, f"{SMALL}\n{'.'.join('a' * 150)} = 1\n")


NOBODYS = [
    f'{{ feature = "nothing_{number}__count__28d", category = "product", knots = [[0, 0], [1, 100]] }}'
    for number in range(150)
]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"unknown_{number} = 1\n" for number in range(150)) + SMALL,
        f"{SMALL}\n[health_score]\nindicators = [{', '.join(NOBODYS)}]\n",
    ],
    ids=["of one key each", "between keys"],
)
def test_of_very_many_problems_a_hundred_are_told_and_the_others_counted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "churnpredict.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_project(path)
    assert len(caught.value.problems) == 101
    assert caught.value.problems[-1].given == "50 more problems"


def test_a_value_of_any_length_is_shown_in_short(tmp_path: Path) -> None:
    message = problem(tmp_path, f"{SMALL}\n[training]\nbags = '{'x' * 100_000}'\n")
    assert "'xxxx" in message
    assert len(message) < 1_000


# What is wrong in itself --------------------------------------------------------------------------------------------


def test_an_unknown_key_is_refused_where_it_stands(tmp_path: Path) -> None:
    text = SMALL.replace('time = "at"', 'time = "at"\nwindow = [28]')
    assert problem(tmp_path, text) == (
        f"events.usage.window (churnpredict.toml, line {line_with(text, 'window =')}): unknown key; "
        "expected a key that may be declared. Remove it, or mend its spelling."
    )


def test_an_unknown_table_is_refused_where_it_stands(tmp_path: Path) -> None:
    text = SMALL + "[history.contract]\ntable = 'a.parquet'\n"
    assert problem(tmp_path, text).startswith(f"history (churnpredict.toml, line {line_with(text, '[history.')})")


def test_a_missing_key_is_refused_at_its_table(tmp_path: Path) -> None:
    text = SMALL.replace('time = "at"\n', "")
    line = line_with(text, "[events.usage]")
    assert problem(tmp_path, text) == f"events.usage.time (churnpredict.toml, line {line}): missing; expected a value."


@pytest.mark.parametrize(
    ("declared", "place", "expected"),
    [
        ("windows = 28", "events.usage.windows", "28; expected input should be a valid list"),
        ('windows = ["x"]', "events.usage.windows.0", "'x'; expected input should be a valid integer"),
        ("windows = [0]", "events.usage.windows.0", "0; expected input should be greater than 0"),
        ("windows = [3661]", "events.usage.windows.0", "3661; expected input should be less than or equal to 3660"),
        ('windows = "often"', "events.usage.windows", "'often' is no preset of windows; give 'dense', 'regular', 'sp"),
        ("windows = []", "events.usage.windows", "given; expected list should have at least 1 item"),
        ("known_at = 3", "events.usage.known_at", "3; expected input should be a valid string"),
        ('known_at = ""', "events.usage.known_at", "''; expected string should have at least 1 character"),
        ('absent = "none"', "events.usage.absent", "'none'; expected input should be 'zero' or 'missing'"),
        ("max_missing_accounts = 1.5", "events.usage.max_missing_accounts", "1.5; expected input should be less"),
        ("max_missing_accounts = nan", "events.usage.max_missing_accounts", "nan; expected input should be"),
        ('category = "legal"', "events.usage.category", "'legal'; expected input should be 'product'"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_what_is_expected(
    tmp_path: Path, declared: str, place: str, expected: str
) -> None:
    text = SMALL.replace('time = "at"', f'time = "at"\n{declared}')
    message = problem(tmp_path, text)
    assert message.startswith(f"{place} (churnpredict.toml, line {line_with(text, declared)}): {expected}")


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("[tiers]\nred = 80", "red (80) must lie below yellow (75)"),
        ("[tiers]\nred_share = 0.2", "red_share (0.2) must lie below flagged_share (0.15)"),
        ("[training]\nhorizons = [90, 60]", "horizons must rise, got [90, 60]"),
        ("[training]\nhorizons = [30, 60]", "horizons must end with 60, 90"),
        ('[connections.a]\nkind = "duckdb"', "a duckdb connection needs path"),
        ('[connections.a]\nkind = "postgres"', "a postgres connection needs url_env"),
        ("[health_score]\nindicators = [{ feature = 'x', category = 'product', knots = [[1, 0], [0, 9]] }]", "rising"),
        (
            "[health_score]\nindicators = [{ feature = 'x', category = 'product', knots = [[0, 0], [1, 9], [2, 3]] }]",
            "the points of x must only rise or only fall",
        ),
    ],
)
def test_values_that_do_not_go_together_are_refused(tmp_path: Path, section: str, expected: str) -> None:
    assert expected in problem(tmp_path, f"{SMALL}\n{section}\n")


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        ('aggregations = ["median"]', "unknown aggregation 'median'; one of count, sum"),
        ('aggregations = ["sum", "max"]', "sum, max needs a measure"),
        ('aggregations = ["distinct"]', "distinct needs a measure"),
        ('measure = "x"\naggregations = ["distinct", "sum"]', "distinct beside sum"),
        ('measure = ["x", "y"]\naggregations = ["distinct"]', "distinct of a product"),
        ('measure = "x"\naggregations = ["top_key_silence", "last"]', "top_key_silence beside last"),
        ('aggregations = ["top_key_silence"]', "top_key_silence needs a measure"),
        ('aggregations = ["share"]', "give a where, and no measure"),
        ('measure = "x"\nwhere = { y = 1 }\naggregations = ["share"]', "give a where, and no measure"),
        ('aggregations = ["versus_past"]\nwindows = [28, 183]', "versus_past over 183 days; expected at most 182 days"),
        ("where = { x = {} }", "an empty condition"),
    ],
)
def test_a_signal_that_cannot_be_computed_is_refused(tmp_path: Path, signal: str, expected: str) -> None:
    assert expected in problem(tmp_path, SMALL.replace('aggregations = ["count"]', signal))


@pytest.mark.parametrize(
    "signal",
    [
        "measure = []",
        'where = { x = [1, "a"] }',
        'where = { x = [true, "a"] }',
        'where = { x = { one_of = ["a"], at_least = 1 } }',
    ],
)
def test_a_signal_that_crashes_is_refused(tmp_path: Path, signal: str) -> None:
    refused(tmp_path, SMALL.replace('aggregations = ["count"]', signal))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('"usage.xlsx"', "'usage.xlsx' is neither a .parquet nor a .csv file"),
        ("{}", "give either a path or a connection"),
        ('{ path = "a.csv", name = "y" }', "give either a path or a connection"),
        ('{ path = "a.csv", connection = "x", name = "y" }', "a path"),
        ('{ connection = "x" }', "a connection needs the name of a table"),
        ('{ path = "a.csv", delimiter = ";;" }', "string should have at most 1 character"),
    ],
)
def test_a_table_is_a_path_or_a_name_in_a_connection(tmp_path: Path, table: str, expected: str) -> None:
    assert expected in problem(tmp_path, SMALL.replace('"usage.parquet"', table))


@pytest.mark.parametrize("name", ["Logins", "log-ins", "2fa", "log__ins", "_x", "x_", "log ins", "a" * 61])
def test_a_name_that_would_not_be_parsed_from_a_feature_is_refused(tmp_path: Path, name: str) -> None:
    message = refused(tmp_path, SMALL.replace("signals.logins", f'signals."{name}"'))[0]
    assert message.startswith(f"events.usage.signals.{name}")


@pytest.mark.parametrize("kind", ["", 'kind = "lost"'])
def test_a_kind_of_churn_that_is_not_known_is_refused(tmp_path: Path, kind: str) -> None:
    message = problem(tmp_path, SMALL.replace('kind = "dated"', kind))
    assert message.startswith("churn (churnpredict.toml, line ")
    assert 'expected kind = "dated", "silence" or "unrenewed"' in message


def test_a_key_of_churn_is_named_without_its_kind(tmp_path: Path) -> None:
    text = SMALL.replace('time = "churned_on"', 'on = "churned_on"')
    assert [line.split(" ")[0] for line in refused(tmp_path, text)] == ["churn.time", "churn.on"]


@pytest.mark.parametrize("name", ["silence", "dated"])
def test_a_source_may_be_called_as_a_kind_of_churn_is(tmp_path: Path, name: str) -> None:
    text = SMALL.replace("events.usage", f"events.{name}").replace('time = "at"', 'time = "at"\nwindow = 1')
    message = problem(tmp_path, text)
    assert message.startswith(f"events.{name}.window (churnpredict.toml, line {line_with(text, 'window = 1')})")


@pytest.mark.parametrize(
    "zone", ["Berlin", "Europe/berlin ", "", "Europe", "../etc/passwd", "/etc/localtime", "a\\u0000", "x" * 300]
)
def test_a_time_zone_that_is_none_is_refused(tmp_path: Path, zone: str) -> None:
    assert "is no time zone; give a name such as Europe/Berlin" in problem(tmp_path, f'time_zone = "{zone}"\n{SMALL}')


@pytest.mark.parametrize(
    "origin", ["", 'table = "a.parquet"\nfrom_events = "usage"', 'from_events = "usage"\nname = "n"']
)
def test_accounts_come_from_one_place(tmp_path: Path, origin: str) -> None:
    text = SMALL.replace('table = "accounts.parquet"\nstarted_on = "started_on"', origin)
    assert problem(tmp_path, text).startswith("accounts (churnpredict.toml, line 1): ")


def test_every_problem_is_said_at_once_each_with_its_line(tmp_path: Path) -> None:
    text = (
        SMALL.replace("table = ", "tabel = ", 1)
        .replace('aggregations = ["count"]', "windows = [-1]")
        .replace('"number"', '"integer"')
        .replace('time = "churned_on"', "time = 5")
        + "[tiers]\nyellow = 50\n"
    )
    found = {line.split("): ")[0] + ")" for line in refused(tmp_path, text)}
    assert found == {
        f"accounts.tabel (churnpredict.toml, line {line_with(text, 'tabel')})",
        f"events.usage.signals.logins.windows.0 (churnpredict.toml, line {line_with(text, 'windows')})",
        f"histories.contract.values.seats.kind (churnpredict.toml, line {line_with(text, 'values')})",
        f"churn.time (churnpredict.toml, line {line_with(text, 'time = 5')})",
        f"tiers (churnpredict.toml, line {line_with(text, '[tiers]')})",
    }


INDICATORS = """
[health_score]
[[health_score.indicators]]
feature = "logins__count__28d"
category = "product"
knots = [[0, 0], [1, 100]]
weight = 1
[[health_score.indicators]]
feature = "plan__changes__84d"
category = "product"
knots = [[0, 0], [1, 100]]
weight = {weight}
"""


def test_the_line_of_a_repeated_table_is_that_of_the_faulty_one(tmp_path: Path) -> None:
    text = SMALL + INDICATORS.format(weight=0)
    line = line_with(text, "weight = 0")
    assert problem(tmp_path, text).startswith(f"health_score.indicators.1.weight (churnpredict.toml, line {line})")


@pytest.mark.case(71, "never printed")
def test_an_address_does_not_belong_in_the_file_and_is_not_repeated(tmp_path: Path) -> None:
    assert "url" in problem(
        tmp_path, SMALL + '[connections.a]\nkind = "postgres"\nurl = "postgresql://u:p@h/d"\nurl_env = "U"'
    )


# What is wrong between declarations ---------------------------------------------------------------------------------


DATED = 'kind = "dated"\ntable = "churn.parquet"\ntime = "churned_on"'
OF_A_TABLE = 'table = "accounts.parquet"\nstarted_on = "started_on"'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"usage.parquet"', '{ connection = "lake", name = "x" }', "events.usage.table.connection .* unknown 'lake'"),
        (DATED, 'kind = "silence"\nevents = "use"\ndays = 9', "churn.events .* unknown 'use'; expected one of: usage"),
        (OF_A_TABLE, 'from_events = "use"', "accounts.from_events .* unknown 'use'; expected one of: usage"),
        ('started_on = "started_on"\n', "", "accounts.started_on .* missing; expected the column with the first day"),
    ],
)
def test_a_reference_to_nothing_is_refused(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in SMALL
    assert re.match(expected, problem(tmp_path, SMALL.replace(old, new)))


def test_the_tone_of_a_text_is_refused_where_no_rules_can_run(tmp_path: Path) -> None:
    text = SMALL.replace('"usage.parquet"', '{ connection = "house", name = "usage" }')
    text = text.replace('aggregations = ["count"]', 'measure = { tone_of = "subject" }')
    message = problem(tmp_path, f'{text}[connections.house]\nkind = "postgres"\nurl_env = "URL"\n')
    line = line_with(text, "measure =")
    assert message.startswith(f"events.usage.signals.logins.measure (churnpredict.toml, line {line}): tone_of on Post")
    assert read(tmp_path, f'{text}[connections.house]\nkind = "spark"\n').events


@pytest.mark.parametrize(
    "measure", ["{ tone_of = 7 }", "{ tone = 'x' }", "{ tone_of = [] }", "{ tone_of = 'x', language = 'en' }"]
)
def test_a_measure_that_is_none_is_refused_where_it_is(tmp_path: Path, measure: str) -> None:
    messages = refused(tmp_path, SMALL.replace('aggregations = ["count"]', f"measure = {measure}"))
    assert all(message.startswith("events.usage.signals.logins.measure") for message in messages)


def test_the_different_tones_are_not_counted(tmp_path: Path) -> None:
    text = SMALL.replace('aggregations = ["count"]', 'aggregations = ["distinct"]\nmeasure = { tone_of = "x" }')
    assert "distinct of a tone: distinct reads the values of one column" in problem(tmp_path, text)


@pytest.mark.parametrize(
    ("key", "name", "expected"),
    [
        ("arr", "plan", "'plan'; expected the name of a number: seats"),
        ("arr", "logins", "'logins'; expected the name of a number: seats"),
        ("renewal_on", "seats", "'seats'; expected the name of a date: renewal"),
    ],
)
def test_what_the_risk_list_shows_is_of_the_right_kind(tmp_path: Path, key: str, name: str, expected: str) -> None:
    text = f'{SMALL}\n[risk_list]\n{key} = "{name}"\n'
    line = line_with(text, f"{key} = ")
    assert problem(tmp_path, text).startswith(f"risk_list.{key} (churnpredict.toml, line {line}): {expected}")


@pytest.mark.parametrize("name", ["seats", "plan", "logins", "tenure"])
def test_a_name_may_be_used_once(tmp_path: Path, name: str) -> None:
    text = f'{SMALL}\n[facts.profile]\ntable = "p.parquet"\n[facts.profile.values]\n{name} = "number"\n'
    message = problem(tmp_path, text)
    last = len(text.splitlines())
    assert message.startswith(f"facts.profile.values.{name} (churnpredict.toml, line {last})")
    assert f"{name!r} is already the name of" in message


def test_an_indicator_reads_a_declared_feature(tmp_path: Path) -> None:
    assert read(tmp_path, SMALL + INDICATORS.format(weight=1)).health_score is not None
    text = SMALL + INDICATORS.format(weight=1).replace("logins__count__28d", "logins__sum__28d")
    message = problem(tmp_path, text)
    assert message.startswith("health_score.indicators.0.feature (churnpredict.toml, line ")
    assert "'logins__sum__28d' is not declared; expected one of: logins__count__28d, logins__count__84d" in message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            '{ kind = "number", aggregations = ["changes"] }',
            "a number has no changes; only value, change, relative_change",
        ),
        ('{ kind = "category", aggregations = ["steps"] }', "steps needs the order of the names, lowest first"),
        ('{ kind = "number", order = ["a", "b"] }', "only a category may be given one"),
        ('{ kind = "category", order = ["a", "a"] }', "says the same thing twice"),
    ],
)
def test_a_value_that_cannot_be_computed_is_refused(tmp_path: Path, value: str, expected: str) -> None:
    assert expected in problem(tmp_path, SMALL.replace('plan = "category"', f"plan = {value}"))


def test_a_fact_has_no_days_to_move_in(tmp_path: Path) -> None:
    facts = '[facts.profile]\ntable = "p.parquet"\nvalues = { seats = { kind = "number", aggregations = ["change"] } }'
    assert "a fact has no dates, and so no change; declare a history" in problem(tmp_path, f"{SMALL}\n{facts}\n")


@pytest.mark.parametrize(("preset", "days"), [("dense", [7, 28, 84]), ("regular", [28, 84]), ("sparse", [84, 365])])
def test_windows_may_be_a_preset_by_name(tmp_path: Path, preset: str, days: list[int]) -> None:
    named = read(tmp_path, SMALL.replace('time = "at"', f'time = "at"\nwindows = "{preset}"'))
    assert named.events["usage"].windows == days


@pytest.mark.parametrize("twice", ["windows = [28, 28]", 'aggregations = ["count", "count"]'])
def test_no_feature_is_declared_twice(tmp_path: Path, twice: str) -> None:
    text = SMALL.replace('aggregations = ["count"]', twice)
    try:
        names = [str(feature.name) for feature in read(tmp_path, text).features()]
    except ConfigError:
        return
    assert len(names) == len(set(names))


def test_a_project_cannot_be_changed(tmp_path: Path) -> None:
    project: Any = read(tmp_path, SMALL)
    with pytest.raises(ValueError, match="frozen"):
        project.name = "Other"
