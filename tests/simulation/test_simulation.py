"""The simulated company keeps its promises: determinism, honest time, and a truth that its records obey."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from churnpredict.simulation import Company, Programme, World, simulate
from churnpredict.simulation.hazard import daily_hazard
from churnpredict.simulation.timeline import BURN_IN

WORLD = World(accounts=600, days=730, seed=3)
EVENT_TIMES = {
    "usage": ("day", "loaded_at"),
    "tickets": ("opened_at", "loaded_at"),
    "invoices": ("issued_at", "loaded_at"),
    "payments": ("paid_at", "loaded_at"),
    "meetings": ("held_at", "loaded_at"),
    "surveys": ("answered_at", "loaded_at"),
    "mentions": ("noted_at", "loaded_at"),
}
OTHER_TIMES = {
    "contracts": ("valid_from", "recorded_at"),
    "contacts": ("valid_from", "recorded_at"),
    "cancellations": ("churned_on", "recorded_at"),
    "interventions": ("started_on", "recorded_at"),
}
COLUMNS = {
    "accounts": "account_id name owner started_on segment industry region",
    "contracts": "account_id valid_from valid_to recorded_at arr seats plan discount term_months renewal_on",
    "contacts": "account_id valid_from valid_to recorded_at contact_name role decision_maker",
    "usage": "account_id user_id day logins features_used minutes loaded_at",
    "tickets": "ticket_id account_id opened_at loaded_at severity sentiment satisfaction subject escalated",
    "invoices": "invoice_id account_id issued_at loaded_at amount",
    "payments": "invoice_id account_id paid_at loaded_at days_late amount",
    "meetings": "meeting_id account_id held_at loaded_at kind attended stakeholders initiated_by",
    "surveys": "account_id answered_at loaded_at nps complaint",
    "mentions": "account_id noted_at loaded_at kind note",
    "cancellations": "account_id churned_on recorded_at reason",
    "interventions": "account_id started_on recorded_at playbook outcome",
}


@pytest.fixture(scope="module")
def company() -> Company:
    return simulate(WORLD)


@pytest.fixture(scope="module")
def treated() -> Company:
    return simulate(replace(WORLD, interventions=Programme(from_day=200)))


@pytest.fixture(scope="module")
def many() -> Company:
    return simulate(World(accounts=2000, days=365, seed=5))


def _day(number: int) -> date:
    return WORLD.start + timedelta(days=number)


def test_same_seed_gives_same_bytes(tmp_path: Path) -> None:
    small = World(accounts=80, days=300, interventions=Programme(from_day=120))
    for run in ("first", "second"):
        simulate(small).write(tmp_path / run)
    written = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert written == sorted(f"{name}.parquet" for name in COLUMNS)
    for name in written:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name


def test_another_seed_gives_another_company(company: Company) -> None:
    other = simulate(replace(WORLD, seed=4))
    assert not other.tables["cancellations"].equals(company.tables["cancellations"])


@pytest.mark.parametrize("interventions", [None, Programme(from_day=60)])
def test_fifty_accounts_are_enough(interventions: Programme | None) -> None:
    tiny = simulate(World(accounts=50, days=365, interventions=interventions))
    assert {name: " ".join(table.columns) for name, table in tiny.tables.items()} == COLUMNS
    assert all(len(table) for name, table in tiny.tables.items() if name != "interventions")


def test_a_table_without_rows_keeps_its_dtypes(company: Company, treated: Company) -> None:
    empty, filled = company.tables["interventions"], treated.tables["interventions"]
    assert len(empty) == 0
    assert len(filled) > 0
    assert empty.dtypes.to_dict() == filled.dtypes.to_dict()


def test_times_are_naive_microseconds_and_identifiers_strings(treated: Company) -> None:
    for name, table in treated.tables.items():
        for column, dtype in table.dtypes.items():
            if str(column).endswith(("_at", "_on", "_from", "_to")) or column == "day":
                assert dtype == np.dtype("datetime64[us]"), (name, column)
            if str(column).endswith("_id"):
                assert dtype == "str", (name, column)


def test_identifiers_and_names_are_unique(company: Company) -> None:
    tables = company.tables
    for name, column in (("accounts", "account_id"), ("accounts", "name"), ("tickets", "ticket_id")):
        assert tables[name][column].is_unique
    assert tables["invoices"]["invoice_id"].is_unique
    assert tables["payments"]["invoice_id"].is_unique
    assert not tables["usage"].duplicated(["account_id", "user_id", "day"]).any()


def test_no_event_happens_before_the_start_or_from_the_churn_day_on(treated: Company) -> None:
    lifetimes = treated.lifetimes.set_index("account_id")
    for name, (time, _) in EVENT_TIMES.items():
        table = treated.tables[name]
        life = lifetimes.loc[table["account_id"]].reset_index()
        assert (table[time] >= life["started_on"]).all(), name
        assert not (table[time] >= life["churned_on"]).any(), name


def test_nothing_is_known_before_it_happens_and_late_rows_come_within_three_weeks(treated: Company) -> None:
    for name, (time, known) in (EVENT_TIMES | OTHER_TIMES).items():
        table = treated.tables[name]
        delay = table[known] - table[time]
        assert (delay > timedelta(0)).all(), name
        # A noticed departure may be 30 days old before its row can be late as well.
        assert (delay <= timedelta(days=52 if name == "contacts" else 22)).all(), name


def test_the_share_of_late_rows_is_the_one_asked_for(company: Company) -> None:
    usage = company.tables["usage"]
    late = (usage["loaded_at"] - usage["day"]) > timedelta(days=2)
    assert late.mean() == pytest.approx(WORLD.late_rows, abs=0.004)
    punctual = simulate(World(accounts=50, days=200, late_rows=0)).tables["usage"]
    assert ((punctual["loaded_at"] - punctual["day"]) < timedelta(days=2)).all()


def test_nothing_was_recorded_after_the_extract(treated: Company) -> None:
    extract = pd.Timestamp(_day(WORLD.days)) + timedelta(hours=6)
    for name, (_, known) in (EVENT_TIMES | OTHER_TIMES).items():
        assert (treated.tables[name][known] < extract).all(), name


@pytest.mark.parametrize("name", ["contracts", "contacts"])
def test_histories_never_overlap_and_only_the_last_row_is_open(company: Company, name: str) -> None:
    rows = company.tables[name]
    following = rows.groupby("account_id")["valid_from"].shift(-1)
    assert (rows["valid_to"].dropna() > rows["valid_from"][rows["valid_to"].notna()]).all()
    assert (rows["valid_to"][following.notna()] == following.dropna()).all()


def test_the_renewal_lies_ahead_of_the_contract_row_and_only_terms_have_one(company: Company) -> None:
    rows = company.tables["contracts"]
    monthly = rows["term_months"] == 1
    assert rows.loc[monthly, "renewal_on"].isna().all()
    assert (rows.loc[~monthly, "renewal_on"] > rows.loc[~monthly, "valid_from"]).all()
    assert rows["discount"].between(0, 1).all()
    assert (rows["arr"] > 0).all()


def test_cancellations_are_the_churns_recorded_within_ten_days(company: Company) -> None:
    table = company.tables["cancellations"].set_index("account_id")
    churned_on = company.lifetimes.set_index("account_id")["churned_on"]
    assert (churned_on.loc[table.index] == table["churned_on"]).all()
    missing = churned_on[(churned_on < pd.Timestamp(_day(WORLD.days)))].index.difference(table.index)
    assert (churned_on.loc[missing] >= pd.Timestamp(_day(WORLD.days - 10))).all()


def test_the_hazard_reads_only_lagged_latents(company: Company) -> None:
    truth, cutoff = company.truth, 400 + BURN_IN
    rewritten = truth.latents.copy()
    rewritten[:, :, cutoff - 29 :] += 3.0
    hazard = daily_hazard(truth.base, rewritten)
    assert np.array_equal(hazard[:, : cutoff + 1], truth.hazard[:, : cutoff + 1])
    assert (hazard[:, cutoff + 30] != truth.hazard[:, cutoff + 30]).all()


@pytest.mark.parametrize("knowledge", ["path", "state"])
def test_true_risk_is_calibrated_to_the_churn_that_happens(many: Company, knowledge: Literal["state", "path"]) -> None:
    risk = many.true_risk([_day(number) for number in range(30, 365, 110)], knowledge=knowledge)
    churned_on = many.lifetimes.set_index("account_id")["churned_on"].loc[risk["account_id"]].to_numpy()
    for horizon in (60, 90):
        expected = risk[f"risk_{horizon}d"].to_numpy()
        churned = churned_on < (risk["cutoff"] + timedelta(days=horizon)).to_numpy()
        noise = np.sqrt((expected * (1 - expected)).sum())
        assert abs(churned.sum() - expected.sum()) < 3.5 * noise
        riskiest = expected >= np.quantile(expected, 0.9)
        noise = np.sqrt((expected * (1 - expected))[riskiest].sum())
        assert abs(churned[riskiest].sum() - expected[riskiest].sum()) < 3.5 * noise


def test_a_longer_horizon_never_has_less_risk(company: Company) -> None:
    kinds: tuple[Literal["path", "state"], ...] = ("path", "state")
    for knowledge in kinds:
        risk = company.true_risk([_day(365), _day(730)], knowledge=knowledge)
        assert (risk["risk_60d"] <= risk["risk_90d"]).all()
        assert risk["risk_90d"].between(0, 1).all()


def test_true_risk_covers_exactly_the_accounts_alive_at_the_cutoff(company: Company) -> None:
    cutoff = pd.Timestamp(_day(500))
    lifetimes = company.lifetimes
    alive = (lifetimes["started_on"] < cutoff) & ~(lifetimes["churned_on"] < cutoff)
    risk = company.true_risk([_day(500)], knowledge="path")
    assert list(risk["account_id"]) == list(lifetimes.loc[alive, "account_id"])


def test_the_answer_for_a_cutoff_does_not_depend_on_the_others(company: Company) -> None:
    alone = company.true_risk([_day(500)])
    among = company.true_risk([_day(100), _day(500)], horizons=(60, 90))
    assert alone.equals(among[among["cutoff"] == pd.Timestamp(_day(500))].reset_index(drop=True))
    assert len(company.true_risk([])) == 0


def test_a_programme_only_lowers_hazards_and_only_delays_churn(treated: Company, company: Company) -> None:
    lifetimes = treated.lifetimes
    assert treated.treatment.multiplier is not None
    assert (treated.treatment.multiplier <= 1).all()
    stayed = lifetimes["churned_on"].isna()
    assert (stayed | (lifetimes["churned_on"] >= lifetimes["untreated_churned_on"])).all()
    assert lifetimes["untreated_churned_on"].equals(company.lifetimes["churned_on"])
    assert stayed.sum() > lifetimes["untreated_churned_on"].isna().sum()


def test_a_programme_treats_only_live_accounts_that_are_not_held_out(treated: Company) -> None:
    table = treated.tables["interventions"]
    life = treated.lifetimes.set_index("account_id").loc[table["account_id"]].reset_index()
    assert not life["held_out"].any()
    assert (table["started_on"] > life["started_on"]).all()
    assert not (table["started_on"] >= life["churned_on"]).any()
    assert set(table["outcome"].dropna()) <= {"saved", "lost"}


def test_drift_changes_what_usage_shows_and_nothing_else(company: Company) -> None:
    drifted = simulate(replace(WORLD, drift=400))
    assert drifted.tables["cancellations"].equals(company.tables["cancellations"])
    old, new = company.tables["usage"], drifted.tables["usage"]
    after = old["day"] >= pd.Timestamp(_day(400))
    assert new["features_used"][~after].equals(old["features_used"][~after])
    assert new["features_used"][after].mean() > 1.5 * old["features_used"][after].mean()


def test_churn_is_some_two_per_cent_a_month_and_gathers_at_renewals(company: Company) -> None:
    start, churn = company.truth.population.start, company.treatment.churn
    live_days = np.clip(np.minimum(churn, WORLD.days) - np.maximum(start, 0), 0, None).sum()
    assert 0.012 < (churn < WORLD.days).sum() / live_days * 30.4 < 0.025
    terms = (company.truth.population.term > 1) & (churn < WORLD.days)
    distance = churn[terms, None] - company.truth.population.renewals[terms]
    assert 0.5 < ((distance >= -4) & (distance <= 10)).any(axis=1).mean() < 0.8


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_as_many_accounts_are_on_monthly_plans_as_asked_for(share: float) -> None:
    mixed = simulate(World(accounts=1000, days=120, monthly_share=share))
    assert (mixed.truth.population.term == 1).mean() == pytest.approx(share, abs=0.05)


def test_monthly_plans_churn_more_evenly_and_more_often_than_contracts(many: Company) -> None:
    monthly = simulate(replace(many.world, monthly_share=1.0))
    yearly = simulate(replace(many.world, monthly_share=0.0))
    gone = [(company.treatment.churn < company.world.days).sum() for company in (monthly, yearly)]
    assert gone[0] > 1.2 * gone[1]
    hazards = [company.truth.hazard[:, BURN_IN : BURN_IN + 365] for company in (monthly, yearly)]
    peaks = [float(np.median(hazard.max(axis=1) / hazard.mean(axis=1))) for hazard in hazards]
    assert peaks[0] < 4 < peaks[1]


def test_some_accounts_lack_telemetry_surveys_or_meetings(company: Company) -> None:
    alive = company.lifetimes["churned_on"].isna() & (company.lifetimes["started_on"] < pd.Timestamp(_day(300)))
    ids = company.lifetimes.loc[alive, "account_id"]
    for name, low, high in (("usage", 0.05, 0.20), ("surveys", 0.15, 0.40), ("meetings", 0.05, 0.20)):
        assert low < (~ids.isin(company.tables[name]["account_id"].unique())).mean() < high, name


@pytest.mark.parametrize(
    "options",
    [{"accounts": 3}, {"days": 30}, {"seed": -1}, {"late_rows": 1.5}, {"monthly_share": -0.1}],
)
def test_a_world_out_of_range_is_refused_with_the_name_of_the_option(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        World(**options)  # type: ignore[arg-type]


def test_true_risk_refuses_what_it_cannot_know(company: Company) -> None:
    with pytest.raises(ValueError, match="cutoff"):
        company.true_risk([_day(731)])
    with pytest.raises(ValueError, match="horizons"):
        company.true_risk([_day(100)], horizons=(400,))
    with pytest.raises(ValueError, match="knowledge"):
        company.true_risk([_day(100)], knowledge="hearsay")  # type: ignore[arg-type]


# Evidence -----------------------------------------------------------------------------------------------------------


def test_escalated_tickets_and_complaints_are_few_and_come_from_those_who_are_worse_off(many: Company) -> None:
    for name, column, tone in (("tickets", "escalated", "sentiment"), ("surveys", "complaint", "nps")):
        rows = many.tables[name]
        assert 0.005 < rows[column].mean() < 0.2
        assert rows.loc[rows[column], tone].mean() < rows.loc[~rows[column], tone].mean()


def test_every_mention_has_a_note_of_its_kind(company: Company) -> None:
    rows = company.tables["mentions"]
    named = rows["note"].str.contains("Corvane|Tessaline|Quillmark")
    assert named[rows["kind"] == "competitor_mention"].all()
    assert not named[rows["kind"].isin(["escalation", "non_renewal_notice"])].any()


def test_a_champion_who_left_is_silent_and_a_successor_takes_the_seat(company: Company) -> None:
    usage = company.tables["usage"]
    heard = usage.groupby(["account_id", "user_id"])["day"].agg(["min", "max"]).reset_index()
    ids = company.tables["accounts"]["account_id"]
    left = pd.DataFrame(np.argwhere(company.truth.shocks.departures[:, BURN_IN : BURN_IN + WORLD.days]))
    first = left.groupby(0)[1].min()
    silent = 0
    for account, day in first.items():
        users = heard[heard["account_id"] == ids[account]]
        when = pd.Timestamp(WORLD.start) + pd.Timedelta(days=int(day))
        gone = users[users["max"] < when].shape[0]
        come = users[users["min"] >= when].shape[0]
        silent += gone > 0 and come > 0
    assert silent > 0.3 * len(first)
