"""Claims about the lead-time report card and the work that alerts make, against lists worked out by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from churnpredict.lab.metrics import alert_figures, lead_time

FIRST = pd.Timestamp("2024-01-01")
UNTIL = date(2026, 1, 1)


def lists(flags: dict[str, str], every: int = 7) -> pd.DataFrame:
    """Weekly lists from a letter per week: g, y, r for the tier (y and r are flagged), a blank for not alive."""
    rows = [
        {"account_id": account, "cutoff": FIRST + pd.Timedelta(days=every * week), "letter": letter}
        for account, letters in flags.items()
        for week, letter in enumerate(letters)
        if letter != " "
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(
        tier=frame["letter"].map({"g": "green", "y": "yellow", "r": "red"}), flagged=frame["letter"] != "g"
    )


def churns(**days: int) -> pd.DataFrame:
    churned_on = pd.DatetimeIndex([FIRST + pd.Timedelta(days=day) for day in days.values()])
    return pd.DataFrame({"account_id": list(days), "churned_on": churned_on})


def test_the_window_holds_lists_60_to_89_days_before_and_not_90() -> None:
    for lead, counts in ((90, 0), (89, 1), (60, 1), (59, 0)):
        # The first list makes sure that the account can be followed; only the second one flags it.
        frame = pd.DataFrame(
            {
                "account_id": "a",
                "cutoff": [FIRST, FIRST + pd.Timedelta(days=100 - lead)],
                "flagged": [False, True],
                "tier": ["green", "red"],
            }
        )
        card = lead_time(frame, churns(a=100), until=UNTIL)
        assert (card.churners, card.flagged_in_window) == (1, counts), lead


def test_the_card_is_that_worked_out_by_hand() -> None:
    # 14 weekly lists from day 0 to 91; churn on day 98, so the leads are 98, 91, 84, 77, 70, 63, 56 …
    weekly = lists(
        {
            "seen": "ggyyyyyyyyyyyy",
            "lapsed": "ryggggggggggrr",
            "late": "gggggggggggggr",
            "missed": "gggggggggggggg",
            "stays": "rrrrrrrrrrrrrr",
        }
    )
    card = lead_time(weekly, churns(seen=98, lapsed=98, late=98, missed=98), until=UNTIL)
    assert card.churners == 4
    assert card.flagged_in_window == 1 / 4
    assert card.flagged_early == 2 / 4
    assert card.never_flagged == 1 / 4
    assert card.median_lead == np.median([84, 98, 7])
    assert card.green_at_60 == 3 / 4
    assert card.tiers[90] == {"green": 3 / 4, "yellow": 1 / 4}
    assert card.tiers[30] == {"green": 3 / 4, "yellow": 1 / 4}


def test_who_was_not_on_a_list_90_days_before_is_not_held_against_them() -> None:
    weekly = lists({"young": "  gggggggggggg", "old": "gggggggggggggg"})
    card = lead_time(weekly, churns(young=98, old=98), until=UNTIL)
    assert card.churners == 1


def test_a_churn_that_is_not_known_yet_does_not_count() -> None:
    weekly = lists({"a": "g" * 14})
    assert lead_time(weekly, churns(a=98), until=date(2024, 4, 8)).churners == 0
    assert lead_time(weekly, churns(a=98), until=date(2024, 4, 9)).churners == 1


def test_without_churners_there_are_no_shares() -> None:
    card = lead_time(lists({"a": "gg"}), churns(), until=UNTIL)
    assert (card.churners, card.flagged_in_window, card.tiers) == (0, None, {})


def test_flagging_everybody_catches_everybody() -> None:
    card = lead_time(lists({"a": "r" * 14, "b": "y" * 14}), churns(a=98, b=95), until=UNTIL)
    assert (card.flagged_in_window, card.never_flagged, card.green_at_60) == (1, 0, 0)


# Alerts ----------------------------------------------------------------------------------------------------------


def test_alerts_are_counted_as_by_hand() -> None:
    weekly = lists({"new": "ggyyy", "standing": "rrrrr", "twice": "yggyg", "joins": "  rrr", "leaves": "gg   "})
    weekly = weekly.assign(churned=np.where(weekly["account_id"] == "new", 1.0, 0.0))
    weekly.loc[weekly["account_id"] == "joins", "churned"] = np.nan
    said = alert_figures(weekly)
    assert said is not None
    # New: "new" in week 2, "twice" in week 3, "joins" in week 2; what stands on the first list is not new.
    assert said.new_alerts == 3
    assert said.precision == 1 / 2
    watched = 4 * 3 + 3 + 1
    assert said.new_alerts_per_csm_month == pytest.approx(3 / (watched / 60) / (7 / 30.4375))
    # Changes: "new" once, "twice" three times.
    assert said.changes_per_account_year == pytest.approx(4 / (watched * 7 / 365.25))
    assert said.flagged_share == pytest.approx((3 + 5 + 2 + 3) / 20)


def test_one_list_alone_has_no_news() -> None:
    assert alert_figures(lists({"a": "r"}).assign(churned=0.0)) is None


def test_an_account_that_was_gone_for_a_week_is_news_again_and_its_change_is_not_counted() -> None:
    weekly = lists({"back": "r g r", "there": "ggggg"}).assign(churned=0.0)
    said = alert_figures(weekly)
    assert said is not None
    assert (said.new_alerts, said.changes_per_account_year) == (1, 0)
    assert said.precision == 0
