"""Features made of features: what they are called, and what is refused, where and with which names in its stead."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_reading import SMALL, line_with, problem, read

RATIO = """
[ratios.logins_per_seat]
of = "logins__count__28d"
per = "seats__value"
"""
PEERS = """
[peers.logins_against_plan]
of = "logins__count__28d"
by = "plan"
"""


def test_what_is_made_of_features_is_named_and_told_after_them(tmp_path: Path) -> None:
    of_a_ratio = '[peers.ratio_of_all]\nof = "logins_per_seat__ratio__28d"\ncategory = "executive"\nlabel = "Use"'
    without_window = '[peers.seats_of_all]\nof = "seats__value"'
    project = read(tmp_path, SMALL + RATIO + PEERS + of_a_ratio + "\n" + without_window)
    made = [(str(f.name), f.label, f.category, f.kind) for f in project.features()[-4:]]
    assert made == [
        ("logins_per_seat__ratio__28d", "Logins per seat", "product", "number"),
        ("logins_against_plan__versus_peers__28d", "Logins", "product", "number"),
        ("ratio_of_all__versus_peers__28d", "Use", "executive", "number"),
        ("seats_of_all__versus_peers", "Seats", "context", "number"),
    ]


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        (
            RATIO.replace("logins__count__28d", "logins__count__27d"),
            "ratios.logins_per_seat.of",
            "'logins__count__27d' is not declared; expected a number: logins__count__28d, logins__count__84d. "
            "Declare the feature it is made of.",
        ),
        (
            RATIO.replace("seats__value", "seat__value"),
            "ratios.logins_per_seat.per",
            "'seat__value' is not declared; expected a number: seats__value",
        ),
        (
            RATIO.replace("seats__value", "plan__value"),
            "ratios.logins_per_seat.per",
            "'plan__value' is a category; expected a number: plan__changes__84d",
        ),
        (
            f'{RATIO}[ratios.twice]\nof = "logins_per_seat__ratio__28d"\nper = "tenure__days_since"\n',
            "ratios.twice.of",
            "'logins_per_seat__ratio__28d' is derived itself; expected a number: ",
        ),
        (
            PEERS.replace('"plan"', '"seats"'),
            "peers.logins_against_plan.by",
            "'seats'; expected the name of a category: plan",
        ),
        (
            f'{PEERS}[peers.twice]\nof = "logins_against_plan__versus_peers__28d"\n',
            "peers.twice.of",
            "'logins_against_plan__versus_peers__28d' is derived itself; expected a number: ",
        ),
        (RATIO.replace("logins__count__28d", "logins"), "ratios.logins_per_seat.of", "'logins' is not a feature name"),
        (f"{PEERS}fewest = 1\n", "peers.logins_against_plan.fewest", "1; expected input should be greater"),
    ],
)
def test_an_ingredient_that_is_none_is_refused_where_it_is(tmp_path: Path, text: str, key: str, expected: str) -> None:
    given = problem(tmp_path, SMALL + text)
    table = line_with(SMALL + text, f"[{key.rpartition('.')[0]}]")
    line = next(
        number
        for number, each in enumerate((SMALL + text).splitlines(), 1)
        if number > table and each.startswith(key.rpartition(".")[2])
    )
    assert given.startswith(f"{key} (churnpredict.toml, line {line}): {expected}")


def test_a_ratio_of_a_feature_to_itself_is_refused(tmp_path: Path) -> None:
    given = problem(tmp_path, SMALL + RATIO.replace("seats__value", "logins__count__28d"))
    assert given.startswith("ratios.logins_per_seat ")
    assert "is always 1; name two features" in given


@pytest.mark.parametrize("name", ["logins", "seats", "tenure", "logins_per_seat"])
def test_a_comparison_has_a_name_of_its_own(tmp_path: Path, name: str) -> None:
    given = problem(tmp_path, SMALL + RATIO + PEERS.replace("logins_against_plan", name))
    assert f"{name!r} is already the name of" in given


def test_an_indicator_may_read_what_is_made_of_features(tmp_path: Path) -> None:
    indicator = "{ feature = 'logins_per_seat__ratio__28d', category = 'product', knots = [[0, 0], [9, 100]] }"
    assert read(tmp_path, f"{SMALL}{RATIO}[health_score]\nindicators = [{indicator}]\n").health_score is not None
