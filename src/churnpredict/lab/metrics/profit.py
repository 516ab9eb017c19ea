"""What acting on a list is worth.

Written from Verbraken, Verbeke & Baesens (2013), "A novel profit maximizing metric for measuring classification
performance of customer churn prediction models" (EMPC, one value for all customers), and Janssens, Bogaert, Bagué &
Van den Poel (2024), "B2Boost: instance-dependent profit-driven modelling of B2B churn" (EMPB, each its own value).

A flagged account is contacted, at a cost. It is offered an incentive, a share of its value. A churner accepts with
probability γ and is saved; an account that would have stayed takes the incentive anyhow. γ is not known: it follows
a beta distribution, and a campaign flags as many as pay for the γ it meets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

Floats = npt.NDArray[np.float64]
#: A saved account is worth two to three times its contract.
VALUE_OF_A_CONTRACT = 2.5


@dataclass(frozen=True)
class Campaign:
    """What a campaign costs and how well it works; the papers' values unless said otherwise.

    Parameters
    ----------
    alpha, beta
        Of the beta distribution of γ, the share of churners who accept; 6 and 14 have the mean 0.3.
    incentive
        What the offer costs, as a share of the account's value, ``0 <= incentive < 1``.
    contact
        What one contact costs, in the currency of the values.
    """

    alpha: float = 6.0
    beta: float = 14.0
    incentive: float = 0.05
    contact: float = 15.0

    @property
    def accepting(self) -> float:
        """Mean of γ."""
        return self.alpha / (self.alpha + self.beta)


def account_values(arr: Floats) -> Floats:
    """What saving each account is worth: 2.5 × its contract; an account without a known ARR has the median one's."""
    known = ~np.isnan(arr)
    usual = float(np.median(arr[known])) if known.any() else 0.0
    return np.asarray(VALUE_OF_A_CONTRACT * np.where(known, arr, usual), dtype=np.float64)


def expected_profit(
    churned: Floats, flagged: npt.NDArray[np.bool_], values: Floats, campaign: Campaign | None = None
) -> float:
    """Profit per row of contacting the flagged, at the mean of γ.

    Parameters
    ----------
    churned, flagged
        What happened (1 or 0) and who is contacted.
    values
        What saving each account is worth, in money.
    campaign
        Its costs and its effect.
    """
    costs = campaign or Campaign()
    gain, cost = _terms(churned, values, costs)
    return float((gain * costs.accepting - cost)[flagged].sum() / len(churned))


def expected_maximum_profit(
    churned: Floats, risk: Floats, values: Floats, campaign: Campaign | None = None
) -> tuple[float, float]:
    """EMPB: profit per row when those at the top of the ranking are contacted, as many as pay; expected over γ.

    With one value for all it is EMPC. For each γ the best number to contact maximises ``γ × gain − cost``, both
    summed from the top of the ranking; the maximum over all numbers is a convex, piecewise linear function of γ,
    whose pieces are integrated against the beta distribution in closed form.

    Parameters
    ----------
    churned, risk
        What happened (1 or 0), and what the ranking follows, higher first: a risk or any other key.
    values
        What saving each account is worth, in money.
    campaign
        Its costs and its effect.

    Returns
    -------
    tuple of (float, float)
        Profit per row in money, and the expected share of the rows that is contacted.
    """
    costs = campaign or Campaign()
    order = np.argsort(-risk, kind="stable")
    gain, cost = (np.cumsum(term[order]) for term in _terms(churned, values, costs))
    # Equal keys are contacted together or not at all.
    ends = np.flatnonzero(np.concatenate([risk[order][1:] != risk[order][:-1], [True]]))
    gains, spent = np.concatenate([[0.0], gain[ends]]), np.concatenate([[0.0], cost[ends]])
    contacted = np.concatenate([[0], ends + 1])
    best, borders = _envelope(gains, spent)
    low, high = borders[:-1], borders[1:]
    chance = beta.cdf(high, costs.alpha, costs.beta) - beta.cdf(low, costs.alpha, costs.beta)
    mean = costs.accepting * (beta.cdf(high, costs.alpha + 1, costs.beta) - beta.cdf(low, costs.alpha + 1, costs.beta))
    profit = float((gains[best] * mean - spent[best] * chance).sum() / len(risk))
    return profit, float((contacted[best] * chance).sum() / len(risk))


def one_value_for_all(arr: Floats) -> Floats:
    """The median account's value for every row: what turns EMPB into EMPC."""
    values = account_values(arr)
    return np.full(len(values), float(np.median(values)))


def _terms(churned: Floats, values: Floats, campaign: Campaign) -> tuple[Floats, Floats]:
    """What contacting each row gains per unit of γ, and what it costs."""
    gain = np.where(churned == 1, (1 - campaign.incentive) * values, 0.0)
    cost = campaign.contact + np.where(churned == 1, 0.0, campaign.incentive * values)
    return gain, cost


def _envelope(gains: Floats, spent: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """Which line ``γ × gain − spent`` is highest from where to where in [0, 1].

    Returns
    -------
    tuple of (array, array)
        Numbers of the lines in rising order of gain, and the borders between them: 0, …, 1.
    """
    # Of lines with the same gain only the cheapest matters.
    order = np.lexsort((spent, gains))
    order = order[np.concatenate([[True], gains[order][1:] > gains[order][:-1]])]
    best: list[int] = []
    begins: list[float] = []
    for line in order:
        start = 0.0
        while best:
            start = (spent[line] - spent[best[-1]]) / (gains[line] - gains[best[-1]])
            if start > begins[-1]:
                break
            best.pop()
            begins.pop()
        if not best:
            start = 0.0
        if start < 1:
            best.append(int(line))
            begins.append(max(start, 0.0))
    return np.array(best, dtype=np.intp), np.array([*begins, 1.0])
