"""What came of interventions: counts, revenue, days and cost, by play and by tier.

A saved account was worked and stayed. Some of them would have stayed anyhow, so the share of them is no effect of the
work: only a random hold-out shows that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from statistics import median
from typing import Any

from churnpredict.ledger import Intervention

NOT_CAUSAL = (
    "Not causal: some of the saved accounts would have stayed anyhow. Only a random hold-out shows how many "
    "(outcomes.holdout_share)."
)
#: What an intervention without a play or a tier is listed under.
UNKNOWN = "not known"


@dataclass(frozen=True)
class Tally:
    """Some interventions, counted.

    Parameters
    ----------
    opened
        All of them.
    begun
        Those in which the work with the customer began.
    saved, lost, wrong, unfinished
        What they came to; `wrong` is where the list was called wrong.
    saved_share
        saved / (saved + lost) of those begun, 0–1; None without any. No effect of the work, see `NOT_CAUSAL`.
    arr_saved, arr_lost
        Annual revenue of the saved and of the lost, as far as it is known.
    without_arr
        Saved and lost ones whose revenue is not known.
    value
        ``arr_saved`` × the value multiple.
    expansion_arr
        Annual revenue won on top.
    cost
        What they cost together, as far as it is known; None where it is not known of any.
    roi
        ``(value + expansion_arr − cost) / cost``; None without a cost. It counts every saved account.
    days_to_outcome
        Median days from the opening to saved or lost.
    days_to_reengagement
        Median days from the beginning of the work to the day on which the customer was active again.
    """

    opened: int
    begun: int
    saved: int
    lost: int
    wrong: int
    unfinished: int
    saved_share: float | None
    arr_saved: float
    arr_lost: float
    without_arr: int
    value: float
    expansion_arr: float
    cost: float | None
    roi: float | None
    days_to_outcome: float | None
    days_to_reengagement: float | None


@dataclass(frozen=True)
class OutcomeReport:
    """What came of interventions.

    Parameters
    ----------
    as_of
        What was written down at or after this day is not in it.
    currency, value_multiple
        Of the amounts; what a saved account is worth, in years of its revenue.
    total, by_play, by_tier
        Counted together, by play and by tier as it was when they were opened.
    by_play_and_tier
        By ``play / tier``.
    reasons
        How often which reason was given, by what it came to.
    notes
        What a reader must know.
    holdout
        What a random hold-out shows of the effect of plays; None without one.
    """

    as_of: date
    currency: str
    value_multiple: float
    total: Tally
    by_play: dict[str, Tally]
    by_tier: dict[str, Tally]
    by_play_and_tier: dict[str, Tally]
    reasons: dict[str, dict[str, int]]
    notes: tuple[str, ...]
    holdout: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {**asdict(self), "as_of": str(self.as_of)}


def report_outcomes(
    interventions: Sequence[Intervention], as_of: date, *, currency: str = "USD", value_multiple: float = 2.5
) -> OutcomeReport:
    """Count what came of interventions.

    Parameters
    ----------
    interventions
        As they stood at `as_of`.
    as_of
        For the heading.
    currency, value_multiple
        See `OutcomeReport`.
    """

    def play(each: Intervention) -> str:
        return str(each.first("play") or UNKNOWN)

    def tier(each: Intervention) -> str:
        return str(each.first("tier") or UNKNOWN)

    def grouped(name: Callable[[Intervention], str]) -> dict[str, Tally]:
        names = sorted({name(each) for each in interventions})
        return {group: tally([i for i in interventions if name(i) == group], value_multiple) for group in names}

    return OutcomeReport(
        as_of=as_of,
        currency=currency,
        value_multiple=value_multiple,
        total=tally(interventions, value_multiple),
        by_play=grouped(play),
        by_tier=grouped(tier),
        by_play_and_tier=grouped(lambda each: f"{play(each)} / {tier(each)}"),
        reasons={state: _reasons(interventions, state) for state in ("saved", "lost", "wrong")},
        notes=(NOT_CAUSAL,),
    )


def tally(interventions: Sequence[Intervention], value_multiple: float) -> Tally:
    """Count some interventions."""
    saved = [each for each in interventions if each.state == "saved"]
    lost = [each for each in interventions if each.state == "lost"]
    worked = [each for each in (*saved, *lost) if each.began_on is not None]
    arr_saved = _sum(saved, "arr")
    value, expansion = value_multiple * arr_saved, _sum(interventions, "expansion_arr")
    costs = [each.cost for each in interventions if each.cost is not None]
    cost = sum(costs) if costs else None
    reengaged = [(i.last("reengaged_on"), i.began_on) for i in interventions]
    return Tally(
        opened=len(interventions),
        begun=sum(each.began_on is not None for each in interventions),
        saved=len(saved),
        lost=len(lost),
        wrong=sum(each.state == "wrong" for each in interventions),
        unfinished=sum(not each.finished for each in interventions),
        saved_share=len(saved) / len(worked) if worked else None,
        arr_saved=arr_saved,
        arr_lost=_sum(lost, "arr"),
        without_arr=sum(each.last("arr") is None for each in (*saved, *lost)),
        value=value,
        expansion_arr=expansion,
        cost=cost,
        roi=(value + expansion - cost) / cost if cost else None,
        days_to_outcome=_median_days((each.ended_on, each.opened_on) for each in (*saved, *lost)),
        days_to_reengagement=_median_days((end, start) for end, start in reengaged if isinstance(end, date)),
    )


def _sum(interventions: Iterable[Intervention], field: str) -> float:
    known = [value for each in interventions if isinstance(value := each.last(field), float | int)]
    return float(sum(known))


def _median_days(spans: Iterable[tuple[date | None, date | None]]) -> float | None:
    days = [(end - start).days for end, start in spans if end is not None and start is not None]
    return float(median(days)) if days else None


def _reasons(interventions: Iterable[Intervention], state: str) -> dict[str, int]:
    counted = Counter(str(each.last("reason")) for each in interventions if each.state == state and each.last("reason"))
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
