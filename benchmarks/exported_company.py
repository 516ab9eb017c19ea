"""A made-up company, week by week, in plain words; exports.py writes it as different systems would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

START, DAYS = datetime(2023, 1, 2), 1_092  # noqa: DTZ001  (days of no zone; each export writes its own)
WEEKS = DAYS // 7
KINDS = ("Report Viewed", "Dashboard Created", "Export Downloaded", "Invite Sent")


@dataclass(frozen=True)
class Company:
    """What happened, in plain words and days since `START`; the exports translate it.

    Parameters
    ----------
    accounts
        One row each: number, begins, ends (the day an account left; missing if it stayed), renews (days of a term),
        seats, price (of a seat and month), industry, country, owner, told (why it left, for those that left).
    usage, tickets, invoices
        Rows of an account: number and day (a fraction of it is the time), and what each says.
    """

    accounts: pd.DataFrame
    usage: pd.DataFrame
    tickets: pd.DataFrame
    invoices: pd.DataFrame


def company(accounts: int = 900, seed: int = 11) -> Company:
    """A company whose accounts lose interest, complain, pay late and leave, in that order."""
    rng = np.random.default_rng(seed)
    master = _accounts(rng, accounts)
    parts: dict[str, list[pd.DataFrame]] = {"usage": [], "tickets": [], "invoices": []}
    ends = []
    for each in master.itertuples():
        interest, end = _life(rng, int(each.begins), int(each.seats))
        ends.append(end)
        for name, rows in _rows(rng, each, interest, DAYS if np.isnan(end) else int(end)).items():
            parts[name].append(rows.assign(number=each.number))
    master["ends"] = ends
    left = master["ends"].notna()
    reasons = rng.choice(["too expensive", "missing features", "switched", "unused"], accounts)
    master["told"] = np.where(left, reasons, None)
    return Company(master, *(pd.concat(each, ignore_index=True) for each in parts.values()))


def _accounts(rng: np.random.Generator, n: int) -> pd.DataFrame:
    begins = np.where(rng.random(n) < 0.4, rng.integers(0, 60, n), rng.integers(0, DAYS - 200, n))
    return pd.DataFrame(
        {
            "number": np.arange(n),
            "begins": begins,
            "seats": rng.choice([5, 10, 25, 60], n, p=[0.4, 0.3, 0.2, 0.1]),
            "price": rng.choice([19.0, 29.0, 49.0], n),
            "industry": rng.choice(["Software", "Retail", "Manufacturing", "Healthcare", "Finance"], n),
            "country": rng.choice(["DE", "AT", "CH", "US", "GB"], n),
            "owner": rng.choice(["A. Berg", "C. Diaz", "E. Falk", "G. Hahn"], n),
        }
    )


def _life(rng: np.random.Generator, begins: int, seats: int) -> tuple[np.ndarray, float]:
    """Interest by week of life, 0 usual, and the day the account left; not a number if it stayed."""
    weeks = (DAYS - begins) // 7
    interest = np.zeros(weeks)
    level, hurt = rng.normal(0, 0.3), 0
    for week in range(weeks):
        hurt = max(hurt - 1, 0) if hurt or rng.random() > 0.012 else 26
        level = 0.93 * level + rng.normal(0, 0.12) - (0.16 if hurt else 0.0)
        interest[week] = level
        trouble = np.mean(interest[max(0, week - 8) : week + 1])
        if week > 8 and rng.random() < 0.0011 * np.exp(-1.9 * trouble) * (1.4 if seats < 20 else 0.7):
            return interest[: week + 1], float(begins + 7 * week + rng.integers(0, 7))
    return interest, np.nan


def _rows(rng: np.random.Generator, each: Any, interest: np.ndarray, end: int) -> dict[str, pd.DataFrame]:
    weekly = np.exp(interest) * (1.5 + 0.25 * np.sqrt(each.seats))
    counts = rng.poisson(weekly)
    days = each.begins + 7 * np.repeat(np.arange(len(interest)), counts) + rng.random(counts.sum()) * 5 + 0.3
    usage = pd.DataFrame({"day": days, "user": rng.integers(0, max(2, each.seats // 2), len(days))})
    usage["kind"] = rng.choice(KINDS, len(days), p=[0.6, 0.15, 0.15, 0.1])
    usage = usage[usage["day"] < end]
    asked = rng.poisson(0.10 * np.exp(-0.8 * interest))
    opened = each.begins + 7 * np.repeat(np.arange(len(interest)), asked) + rng.random(asked.sum()) * 5 + 0.3
    severe = rng.random(len(opened)) < 0.15 + 0.2 * (np.repeat(interest, asked) < -0.4)
    tickets = pd.DataFrame({"day": opened, "severe": severe, "hours": rng.gamma(2, 20, len(opened))})
    tickets = tickets[tickets["day"] < end]
    issued = np.arange(each.begins, end, 30)
    week = np.minimum((issued - each.begins) // 7, len(interest) - 1)
    late = rng.poisson(2 + 9 * np.maximum(0, -interest[week]))
    invoices = pd.DataFrame({"day": issued, "paid": issued + 10 + late, "amount": float(each.seats * each.price)})
    return {"usage": usage, "tickets": tickets, "invoices": invoices}
