"""What is worth a person's attention: alarms, notices, and what cannot be known yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from churnpredict.columns import FeatureName
from churnpredict.dataset import SourceAge
from churnpredict.lab.learning.reference import Drift
from churnpredict.lab.metrics import Interval
from churnpredict.lab.monitoring.cohorts import Cohort, Realised
from churnpredict.lab.monitoring.source_shifts import Shift
from churnpredict.lab.reporting.report import typical
from churnpredict.scoring import BUNDLE

Level = Literal["alarm", "notice", "early"]
LEVELS: tuple[Level, ...] = ("alarm", "notice", "early")

#: Distances (population stability index) that are small, and large, by custom.
SMALL, LARGE = 0.1, 0.25
#: Times the largest distance of a training cutoff from all of them that are worth a notice, and an alarm.
TIMES_NOTICE, TIMES_ALARM = 1.25, 2.0
#: Share of the accounts with levels never seen in training that is worth an alarm.
UNSEEN_ALARM = 0.01
#: Observed per expected churn that is too far off to work with.
TOO_FEW, TOO_MANY = 0.8, 1.25
#: Earlier lists of a model, fewer than which say nothing of what is usual.
FEWEST_LISTS = 5
#: Points that the flagged share may move, and how many standard deviations of its own noise.
FLAGGED_POINTS, FLAGGED_DEVIATIONS = 0.05, 4.0
#: Share of the accounts under an intervention above which the realised figures speak of the rest only.
MANY_TREATED = 0.2


@dataclass(frozen=True)
class Finding:
    """Something that a person should know.

    Parameters
    ----------
    level
        alarm: look before the list is used. notice: look when there is time. early: it cannot be known yet.
    about
        freshness, source, feature, category, risk, calibration, ranking, tiers or interventions.
    where
        TOML path of the source, or name of the feature or figure.
    words
        What was seen, and what it was held against.
    """

    level: Level
    about: str
    where: str
    words: str


def of_sources(sources: Sequence[SourceAge], shifted: Sequence[Shift], as_of: date) -> Iterator[Finding]:
    """Sources that stopped, and those whose last week is not like the others."""
    stopped = {source.place for source in sources if source.stopped}
    for source in sources:
        if source.stopped:
            yield Finding("alarm", "freshness", source.place, str(source.problem(as_of)))
    for shift in shifted:
        # That a source which stopped has no rows this week is said already.
        if shift.state == "unusual" and shift.place not in stopped:
            alone = "" if shift.compared_with_last_year else " There is no year yet to compare with."
            yield Finding("alarm", "source", shift.place, f"{shift.sentence()}.{alone}")
        elif shift.state == "seasonal":
            yield Finding("notice", "source", shift.place, f"{shift.sentence()}, as in the same weeks a year ago.")
    young = sorted({shift.place for shift in shifted if shift.what == "rows" and shift.usual is None})
    for place in young:
        yield Finding("early", "source", place, "Too few weeks to know what is usual.")


def level_of(drift: Drift) -> Level | None:
    """How serious a distance is: beyond custom, beyond chance, and beyond what training saw in the course of a year."""
    farthest = drift.feature.farthest
    if drift.distance > max(LARGE, drift.noise, TIMES_ALARM * farthest):
        return "notice" if drift.feature.ages else "alarm"
    return "notice" if drift.distance > max(SMALL, drift.noise, TIMES_NOTICE * farthest) else None


def of_features(drifts: Sequence[Drift], accounts: int, seasonal: Collection[str]) -> Iterator[Finding]:
    """Features far from training, one finding per signal, and values that training never saw.

    Parameters
    ----------
    drifts
        How far each feature is.
    accounts
        How many were looked at.
    seasonal
        Signals of sources that moved as in the same weeks a year ago: their features move with them, which training
        may not have seen at its cutoffs.
    """
    by_signal: dict[tuple[str, Level], list[Drift]] = {}
    for drift in drifts:
        if (level := level_of(drift)) is not None:
            signal = FeatureName.parse(drift.feature.name).signal
            by_signal.setdefault((signal, "notice" if signal in seasonal else level), []).append(drift)
        if drift.unseen:
            yield _of_unseen(drift, accounts)
    for (signal, level), found in by_signal.items():
        more = f" Features of the signal as far: {len(found)}." if len(found) > 1 else ""
        ages_too = " It grows as customers grow older." if found[0].feature.ages else ""
        every_year = " Its source moves like this every year." if signal in seasonal else ""
        yield Finding(level, "feature", found[0].feature.name, f"{sentence(found[0])}{ages_too}{every_year}{more}")


def _of_unseen(drift: Drift, accounts: int) -> Finding:
    share = sum(drift.unseen.values()) / accounts
    named = ", ".join(f"{level!r} ({count})" for level, count in list(drift.unseen.items())[:5])
    words = f"{drift.feature.label}: {share:.1%} of the accounts have values never seen in training: {named}."
    return Finding("alarm" if share >= UNSEEN_ALARM else "notice", "category", drift.feature.name, words)


def sentence(drift: Drift) -> str:
    """A drift in words."""
    then, now = drift.missing
    what = f"{drift.feature.label}: {drift.direction}"
    if drift.direction in ("more missing", "fewer missing"):
        what += f", {now:.0%} of the accounts without a value, {then:.0%} in training"
    elif drift.typical is not None and drift.feature.typical is not None:
        what += f", typically {typical(drift.typical)}, in training {typical(drift.feature.typical)}"
    return f"{what}. Distance {drift.distance:.2f}; {max(drift.noise, drift.feature.farthest):.2f} was within reach."


def of_risk(risk: Drift) -> Iterator[Finding]:
    """Risks far from those in training."""
    if (level := level_of(risk)) is not None:
        yield Finding(level, "risk", "risk_90d", sentence(risk))


def of_lists(came: Realised, promised: dict[str, Any], last_horizon: int) -> Iterator[Finding]:
    """What came of the published lists against what their risks said, and the proof of the training promised.

    Parameters
    ----------
    came
        What came of them.
    promised
        Figures of the proof, see `churnpredict.lab.Figures`; they are of the last horizon.
    last_horizon
        In days.
    """
    if came.first_known_on is not None:
        words = f"No published list is old enough; of the first one it is known from {came.first_known_on} on."
        yield Finding("early", "calibration", "lists", words)
    elif not came.latest:
        yield Finding("early", "calibration", "lists", "No list was published yet.")
    for cohort in came.latest:
        yield from _of_calibration(cohort)
        if cohort.horizon == last_horizon:
            yield from _of_ranking(cohort, promised)


def _of_calibration(cohort: Cohort) -> Iterator[Finding]:
    where = f"risk_{cohort.horizon}d"
    counted = f"{cohort.churners} accounts on {cohort.lists} lists churned within {cohort.horizon} days"
    if cohort.ratio is None:
        words = f"{counted}, {cohort.unknown:.0%} of the rows have no outcome: too few to judge."
        yield Finding("early", "calibration", where, words)
        return
    ratio, (low, high) = cohort.ratio
    if low > 1 or high < 1:
        words = f"{ratio:.2f} times the expected churn ({low:.2f} to {high:.2f}); {counted}."
        yield Finding("alarm" if low > TOO_MANY or high < TOO_FEW else "notice", "calibration", where, words)


def _of_ranking(cohort: Cohort, promised: dict[str, Any]) -> Iterator[Finding]:
    interval = promised["intervals"].get("auc")
    if cohort.auc is None or interval is None:
        return
    area, (low, high) = cohort.auc
    if high < Interval(*interval).low:
        words = f"AUC {area:.2f} ({low:.2f} to {high:.2f}); the proof of the training promised {promised['auc']:.2f}."
        yield Finding("alarm", "ranking", f"risk_{cohort.horizon}d", words)


def of_tiers(tiers: pd.DataFrame) -> Iterator[Finding]:
    """A list that flags many more or fewer accounts than those before it by the same model."""
    if tiers.empty:
        return
    now, before = tiers.iloc[-1], tiers.iloc[:-1]
    before = before[before[BUNDLE] == now[BUNDLE]]
    if len(before) < FEWEST_LISTS:
        yield Finding("early", "tiers", "flagged", f"{len(before)} earlier lists of this model: too few to compare.")
        return
    flagged, usual = 1 - now["green"], 1 - float(before["green"].median())
    noise = float(np.sqrt(usual * (1 - usual) / now["accounts"]))
    if abs(flagged - usual) > max(FLAGGED_POINTS, FLAGGED_DEVIATIONS * noise):
        words = f"{flagged:.0%} of the accounts are flagged; earlier lists of this model flagged {usual:.0%}."
        yield Finding("alarm", "tiers", "flagged", words)


def of_interventions(treated: pd.DataFrame) -> Iterator[Finding]:
    """Interventions that leave too few accounts to judge by."""
    if treated.empty:
        return
    share = float(treated["treated"].iloc[-1] / max(treated["accounts"].iloc[-1], 1))
    if share > MANY_TREATED:
        words = f"{share:.0%} of the accounts are under an intervention: realised figures speak of the others only."
        yield Finding("notice", "interventions", "treated", words)
