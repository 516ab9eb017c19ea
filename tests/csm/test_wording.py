"""Claims about the words: every feature can be told, and words and signs never disagree."""

from __future__ import annotations

from datetime import date

import pytest

from churnpredict.columns import (
    DERIVED_AGGREGATIONS,
    EVENT_AGGREGATIONS,
    HISTORY_AGGREGATIONS,
    MOVES,
    WINDOWED,
    FeatureName,
)
from churnpredict.config import TENURE, Tiers
from churnpredict.csm import Driver, reason, risk_in_words
from churnpredict.csm.wording import (
    SENTENCES,
    TIER_WORDS,
    change_in_words,
    due_in_words,
    lead,
    lead_money,
    legend,
    money,
    number,
    odds,
    page_words,
    percent,
    plain,
    points_in_words,
    renewal_in_words,
    split_reason,
    value_in_words,
    window_in_words,
)
from churnpredict.csm.wording.reasons import TELLS_PAST
from churnpredict.errors import DataError

VOCABULARY = (*EVENT_AGGREGATIONS, *HISTORY_AGGREGATIONS, *DERIVED_AGGREGATIONS)
NEEDS_WINDOW = (*WINDOWED, *MOVES)
#: What is told as a movement, and the value at which there is none.
DIRECTED = {"trend": 1.0, "versus_past": 1.0, "change": 0.0, "relative_change": 0.0, "slope": 0.0}
KINDS = {"number": (0.4, 31.0), "flag": (1.0, 0.0), "category": ("Basic", "Professional")}
DOWN, UP = ("fell", "lowest"), ("rose", "highest")


def feature(aggregation: str, days: int = 28) -> FeatureName:
    return FeatureName("logins", aggregation, days if aggregation in NEEDS_WINDOW else None)


def driver(aggregation: str, value: float | str | None, typical: float | str | None = None, **other: object) -> Driver:
    said = {"label": "Logins", "kind": "number", "points": 0.06} | other
    return Driver(feature(aggregation), value=value, typical=typical, **said)  # type: ignore[arg-type]


def told(*given: object, **other: object) -> str:
    return split_reason(reason(driver(*given, **other)))[0]  # type: ignore[arg-type]


def test_every_aggregation_of_the_vocabulary_has_words() -> None:
    assert set(SENTENCES) == set(VOCABULARY)


def test_an_aggregation_without_words_says_what_to_do() -> None:
    with pytest.raises(DataError, match=r"'median' has no words.*Score with the version"):
        reason(driver("median", 1.0))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("aggregation", VOCABULARY)
def test_a_reason_names_signal_value_and_typical(aggregation: str, kind: str) -> None:
    value, typical = KINDS[kind]
    sentence = told(aggregation, value, typical, kind=kind)
    assert sentence.startswith("Logins")
    assert "(typical: " in sentence
    assert "(typical" not in told(aggregation, value, kind=kind)
    assert "  " not in sentence


@pytest.mark.parametrize("aggregation", NEEDS_WINDOW)
def test_a_windowed_reason_says_its_window(aggregation: str) -> None:
    assert "4 weeks" in told(aggregation, 3.0)
    assert "4 weeks" in told(aggregation, None)


@pytest.mark.parametrize("value", [-3.0, 0.0, 0.4, 1.0, 31.0, None, "Basic"])
@pytest.mark.parametrize("aggregation", VOCABULARY)
def test_the_sign_of_the_points_changes_the_weight_and_no_other_word(
    aggregation: str, value: float | str | None
) -> None:
    more = split_reason(reason(driver(aggregation, value, 1.0, points=0.06)))
    less = split_reason(reason(driver(aggregation, value, 1.0, points=-0.06)))
    assert more[0] == less[0]
    assert (more[1], less[1]) == ("+6 points", "−6 points")


@pytest.mark.parametrize(("aggregation", "steady"), DIRECTED.items())
def test_direction_words_follow_the_value(aggregation: str, steady: float) -> None:
    for step in (0.3, 0.6, 0.9):
        assert " fell " in told(aggregation, steady - step)
    for step in (0.3, 5.0, 5000.0):
        assert " rose " in told(aggregation, steady + step)
    for step in (-1e-4, 0.0, 1e-4):
        assert not {"fell", "rose"} & set(told(aggregation, steady + step).split())


@pytest.mark.parametrize("aggregation", [name for name in VOCABULARY if name not in DIRECTED])
def test_a_level_claims_no_direction(aggregation: str) -> None:
    for value in (-3.0, 0.0, 3.0):
        assert not {"fell", "rose"} & set(told(aggregation, value).split())


@pytest.mark.parametrize("aggregation", VOCABULARY)
def test_a_missing_value_is_told_as_missing(aggregation: str) -> None:
    sentence = told(aggregation, None, 31.0)
    assert "no data" in sentence.lower() or "on record" in sentence
    assert "None" not in sentence
    assert "typical" not in sentence


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("count", 14.0, 31.0), "Logins in the last 4 weeks: 14 (typical: 31)"),
        (("count", 0.0, 31.0), "Logins in the last 4 weeks: none (typical: 31)"),
        (("sum", 12345.6), "Logins in the last 4 weeks: 12,346 in total"),
        (("mean", 3.14159, 4.2), "Logins in the last 4 weeks: 3.1 on average (typical: 4.2)"),
        (("min", 2.0), "Logins in the last 4 weeks: lowest 2"),
        (("max", 9.0), "Logins in the last 4 weeks: highest 9"),
        (("std", 1.25, 0.8), "Logins in the last 4 weeks: a spread of ±1.2 (typical: ±0.8)"),
        (("active_days", 1.0, 11.0), "Logins on 1 day in the last 4 weeks (typical: 11)"),
        (("active_days", 0.0), "Logins on no day in the last 4 weeks"),
        (("distinct", 3.0, 9.0), "Logins in the last 4 weeks: 3 different (typical: 9)"),
        (("trend", 0.4, 1.0), "Logins fell to 0.4× the 4 weeks before (typical: 1.0×)"),
        (("trend", 0.0, 1.0), "Logins fell to 0× the 4 weeks before (typical: 1.0×)"),
        (("trend", 1.02, 1.0), "Logins held at 1.0× the 4 weeks before (typical: 1.0×)"),
        (("trend", 12.4), "Logins rose to 12× the 4 weeks before"),
        (("trend", -0.5), "Logins changed sign, to −0.5× the 4 weeks before"),
        (("trend", None), "Logins: no data on the 4 weeks before to compare with"),
        (("slope", -0.1, 0.0), "Logins per day fell by 0.7 each week in the last 4 weeks (typical: no change)"),
        (("versus_past", 0.4, 1.0), "Logins fell to 0.4× the account's own past in the last 4 weeks (typical: 1.0×)"),
        (("versus_past", 1.0), "Logins held at 1.0× the account's own past in the last 4 weeks"),
        (("versus_past", None), "Logins: no data on the past to compare the last 4 weeks with"),
        (("share", 0.4, 0.1), "Logins in the last 4 weeks: 40% of all (typical: 10%)"),
        (("share", 0.0, 0.004), "Logins in the last 4 weeks: none (typical: <1%)"),
        (("share", 1.0, 0.0), "Logins in the last 4 weeks: all (typical: none)"),
        (("share", 0.999), "Logins in the last 4 weeks: >99% of all"),
        (("longest_silence", 12.0, 1.0), "Logins in the last 4 weeks: longest silence 12 days (typical: 1 day)"),
        (("longest_silence", 0.0), "Logins in the last 4 weeks: not a day of silence"),
        (
            ("top_key_silence", 23.0, 2.0),
            "Logins: the most active one of the last 4 weeks was last seen 23 days ago (typical: 2 days)",
        ),
        (("days_since_first", 40.0), "Logins: first of the last 12 months 40 days ago"),
        (("last", 6.0, 8.0), "Logins: 6 most recently (typical: 8)"),
        (("last", None), "No recent Logins on record"),
        (("days_since", 12.0, 2.0), "Logins: last 12 days ago (typical: 2 days)"),
        (("days_since", None), "No recent Logins on record"),
        (("value", 40.0, 55.0), "Logins: 40 (typical: 55)"),
        (("value", None), "No data on Logins"),
        (("days_until", 23.0, 180.0), "Logins in 23 days (typical: in 180 days)"),
        (("days_until", 0.0), "Logins on the day of this list"),
        (("days_until", -1.0), "Logins 1 day ago"),
        (("change", -12.0, 3.0), "Logins fell by 12 in the last 4 weeks (typical: +3)"),
        (("change", 0.0), "Logins unchanged in the last 4 weeks"),
        (("relative_change", -0.25, 0.03), "Logins fell by 25% in the last 4 weeks (typical: +3%)"),
        (("relative_change", 0.0, 0.0), "Logins unchanged in the last 4 weeks (typical: no change)"),
        (("steps", -1.0, 0.0), "Logins moved 1 step down in the last 4 weeks (typical: no change)"),
        (("steps", 2.0, 1.0), "Logins moved 2 steps up in the last 4 weeks (typical: +1)"),
        (("steps", 0.0), "Logins unchanged in the last 4 weeks"),
        (("days_unchanged", 21.0, 400.0), "Logins: unchanged for 21 days (typical: 13 months)"),
        (("changes", 1.0, 0.0), "Logins changed once in the last 4 weeks (typical: 0)"),
        (("changes", 4.0), "Logins changed 4 times in the last 4 weeks"),
    ],
)
def test_sentences_read_as_a_csm_would_say_them(given: tuple[object, ...], expected: str) -> None:
    assert told(*given) == expected


@pytest.mark.parametrize(
    ("name", "value", "typical", "expected"),
    [
        ("logins__ratio__28d", 1.26, 2.0, "Logins in the last 4 weeks: 1.3 (typical: 2)"),
        ("logins__ratio", 0.0, None, "Logins: 0"),
        ("logins__ratio__28d", None, None, "No data on Logins in the last 4 weeks"),
        (
            "logins__versus_peers__28d",
            -15.0,
            2.0,
            "Logins in the last 4 weeks: 15 below similar accounts (typical: 2 above)",
        ),
        ("logins__versus_peers", 3.5, 0.0, "Logins: 3.5 above similar accounts (typical: no difference)"),
        ("logins__versus_peers", 0.0, -1.0, "Logins: as in similar accounts (typical: 1 below)"),
        (
            "logins__versus_peers__28d",
            None,
            None,
            "Logins in the last 4 weeks: no data of similar accounts",
        ),
    ],
)
def test_what_is_made_of_features_has_their_window_or_none(
    name: str, value: float | None, typical: float | None, expected: str
) -> None:
    made = Driver(FeatureName.parse(name), "Logins", "number", 0.06, value, typical)
    assert split_reason(reason(made))[0] == expected


EARLIER = date(2025, 2, 24)


def told_alike(aggregation: str, one: float, other: float) -> bool:
    return value_in_words(feature(aggregation), "number", one) == value_in_words(feature(aggregation), "number", other)


@pytest.mark.parametrize("points", [0.06, -0.06])
@pytest.mark.parametrize("step", [-9.0, -0.9, -0.4, 0.0, 0.4, 0.9, 9.0])
@pytest.mark.parametrize("aggregation", VOCABULARY)
def test_the_accounts_own_past_is_told_the_way_it_moved(aggregation: str, step: float, points: float) -> None:
    now, before = 14.0, 14.0 - step
    past = {"before": before, "before_on": EARLIER, "points": points}
    sentence = told(aggregation, now, 29.0, **past)
    words = [word for word in (", down from ", ", up from ", ", as on ", ", much as on ") if word in sentence]
    if aggregation in TELLS_PAST:
        assert words == []
        assert "24 Feb" not in sentence
        return
    said = {-9.0: ", down from ", -0.9: ", down from ", 0.0: ", as on ", 0.9: ", up from ", 9.0: ", up from "}
    assert words == [said.get(step, ", as on " if told_alike(aggregation, now, before) else ", much as on ")]
    assert "24 Feb 2025 (typical: " in sentence
    weight = split_reason(reason(driver(aggregation, now, 29.0, **past)))[1]
    assert weight == ("+6 points" if points > 0 else "−6 points")


def test_a_past_that_reads_the_same_is_told_as_the_same() -> None:
    assert told("mean", 3.14, before=3.11, before_on=EARLIER).endswith("3.1 on average, as on 24 Feb 2025")


def test_the_past_of_texts_flags_and_of_what_is_missing_now_is_told() -> None:
    past = {"before_on": EARLIER}
    assert told("value", "Basic", kind="category", before="Pro", **past) == "Logins: Basic, was Pro on 24 Feb 2025"
    assert told("value", "Basic", kind="category", before="Basic", **past) == "Logins: Basic, as on 24 Feb 2025"
    assert (
        told("value", 0.0, 1.0, kind="flag", before=1.0, **past) == "Logins: no, was yes on 24 Feb 2025 (typical: yes)"
    )
    assert told("count", None, before=31.0, **past) == "No data on Logins in the last 4 weeks, was 31 on 24 Feb 2025"
    assert told("count", 14.0, before=None, **past) == "Logins in the last 4 weeks: 14"
    assert told("count", 14.0, before=31.0) == "Logins in the last 4 weeks: 14"


def test_flags_are_told_as_yes_and_no() -> None:
    assert told("value", 0.0, 1.0, kind="flag") == "Logins: no (typical: yes)"


def test_categories_are_told_in_words() -> None:
    assert told("value", "Basic", "Pro", kind="category") == "Logins: Basic (typical: Pro)"
    assert told("value", "financial_services", kind="category") == "Logins: financial services"
    assert told("value", "  ", kind="category") == "Logins: blank"


def test_a_date_named_after_its_column_loses_the_preposition() -> None:
    assert told("days_until", 23.0, label="Renewal on") == "Renewal in 23 days"


def test_tenure_is_told_as_a_duration() -> None:
    tenure = Driver(TENURE, "Time as a customer", "number", 0.02, 210.0, 900.0)
    assert reason(tenure) == "Time as a customer: 7 months (typical: 2.5 years), +2 points"


def test_labels_and_values_from_outside_cannot_grow_or_act() -> None:
    sentence = told("value", "v" * 10_000, label="x\n\u202e{0}{label}%s" + "l" * 10_000, kind="category")
    assert len(sentence) < 200
    assert "\n" not in sentence
    assert "\u202e" not in sentence
    assert sentence.startswith("x {0}{label}%s")


def test_a_reason_comes_apart_even_if_its_label_looks_like_a_weight() -> None:
    sentence = reason(driver("count", 3.0, label="A, +9 points"))
    assert split_reason(sentence) == ("A, +9 points in the last 4 weeks: 3", "+6 points")


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (0.06, "+6 points"),
        (-0.03, "−3 points"),
        (0.01, "+1 point"),
        (0.0049, "+<1 point"),
        (-0.0049, "−<1 point"),
        (0.005, "+1 point"),
        (0.0, "0 points"),
    ],
)
def test_points_carry_the_sign_of_the_risk(points: float, expected: str) -> None:
    assert points_in_words(points) == expected


def test_odds_never_fall_when_the_risk_rises() -> None:
    def share(words: str) -> float:
        if words.startswith("more"):
            return 0.95
        part, whole = words.removeprefix("fewer than ").split(" in ")
        return int(part) / int(whole.replace(",", ""))

    shares = [share(odds(risk / 10_000)) for risk in range(10_001)]
    assert shares == sorted(shares)
    assert all(abs(share(odds(risk / 1000)) / (risk / 1000) - 1) < 0.26 for risk in range(1, 951))


def test_risk_is_told_beside_the_typical_one_and_in_the_words_of_the_churn() -> None:
    assert risk_in_words(0.25, 0.07) == "About 1 in 4 leave in the next 90 days; typical is 1 in 14"
    assert risk_in_words(0.25, 0.07, noun="lapse") == "About 1 in 4 lapse in the next 90 days; typical is 1 in 14"


def test_a_percentage_is_never_certain() -> None:
    assert [percent(share) for share in (0.0, 0.0712, 0.247, 0.994, 1.0)] == ["<0.1%", "7.1%", "25%", ">99%", ">99%"]


@pytest.mark.parametrize("tier", TIER_WORDS)
def test_a_changed_tier_says_which_way(tier: str) -> None:
    worst_first = list(TIER_WORDS)
    for previous in TIER_WORDS:
        words = change_in_words(tier, previous)
        gap = worst_first.index(tier) - worst_first.index(previous)
        assert words.startswith("Better" if gap > 0 else "Worse" if gap < 0 else "As before")
    assert change_in_words(tier, None) == "New on the list"


def test_dates_are_told_the_same_in_every_locale() -> None:
    cutoff = date(2025, 3, 3)
    assert due_in_words(date(2025, 3, 14), cutoff=cutoff) == "by Fri 14 Mar 2025"
    assert due_in_words(cutoff, cutoff=cutoff) == "on Mon 3 Mar 2025"
    assert renewal_in_words(date(2025, 3, 4), cutoff=cutoff) == "Renews 4 Mar 2025, in 1 day"
    assert renewal_in_words(date(2025, 2, 1), cutoff=cutoff) == "Renewal was 1 Feb 2025, 30 days ago"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, "day"),
        (7, "7 days"),
        (14, "2 weeks"),
        (28, "4 weeks"),
        (30, "30 days"),
        (84, "12 weeks"),
        (365, "12 months"),
    ],
)
def test_windows_are_told_in_units_people_use(days: int, expected: str) -> None:
    assert window_in_words(days) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1234.0, "1,234"),
        (0.4, "0.4"),
        (14.0, "14"),
        (14.25, "14.2"),
        (99.97, "100"),
        (-0.3, "−0.3"),
        (0.999, "1"),
        (2_500_000.0, "2.5 million"),
        (0.0, "0"),
    ],
)
def test_numbers_have_as_many_digits_as_help(value: float, expected: str) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (950.0, "$950"),
        (9_949.0, "$9,949"),
        (84_600.0, "$85k"),
        (999_600.0, "$1M"),
        (2.5e9, "$2.5B"),
        (-84_600.0, "−$85k"),
        (0.0, "$0"),
    ],
)
def test_money_is_short(amount: float, expected: str) -> None:
    assert money(amount, "USD") == expected


def test_the_lead_counts_what_wants_attention() -> None:
    assert lead(1, 60) == "1 of 60 accounts needs attention."
    assert lead(0, 60) == "No account needs attention this time."
    assert lead(0, 0) == "There are no accounts on this list."
    held = lead_money(1e6, 4e6, currency="USD", unknown=1)
    assert held == "They hold $1M of $4M ARR (not known for 1 account)."


@pytest.mark.parametrize("noun", ["leave", "lapse"])
def test_the_page_speaks_of_leaving_or_of_lapsing_but_not_of_both(noun: str) -> None:
    entries = legend(noun, Tiers(yellow=80, red=50), typical_risk=0.07)  # type: ignore[arg-type]
    text = " ".join([*page_words(noun).values(), *(f"{term} {meaning}" for term, meaning in entries)])  # type: ignore[arg-type]
    other = "lap" if noun == "leave" else "leav"
    assert other not in text.lower().replace("overlap", "")
    assert "cancel" not in text.lower()
    assert "Green begins at 80, yellow at 50" in text


def test_plain_text_keeps_what_people_write_and_drops_what_acts() -> None:
    assert plain("Škoda & Söhne\u200f «Á»") == "Škoda & Söhne\u200f «Á»"
    assert plain("a\x00b\x1b[31m\x7f\u2066c\u2069\ud800") == "ab[31mc"
    assert plain("a\tb\nc\u2028d") == "a b c d"
