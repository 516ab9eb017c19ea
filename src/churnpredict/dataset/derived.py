"""Features made of features of the same cutoff: one per another, and an account against similar accounts."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from churnpredict.columns import CUTOFF
from churnpredict.config import Peers, Ratio
from churnpredict.dataset.aggregations import SMALLEST_TOTAL, safe_ratio


def with_ratios(rows: ir.Table, ratios: Mapping[str, Ratio]) -> ir.Table:
    """The rows with a float64 column per ratio; null where either feature is, or where its divisor is 0.

    Parameters
    ----------
    rows
        Columns of features.
    ratios
        Declarations by name, of columns of `rows`.
    """
    return rows.mutate(
        **{
            str(ratio.feature_name(name)): safe_ratio(rows[ratio.of], _something(rows[ratio.per]))
            for name, ratio in ratios.items()
        }
    )


def with_peers(rows: ir.Table, everybody: ir.Table, peers: Mapping[str, Peers]) -> ir.Table:
    """The rows with a float64 column per comparison: how far a feature lies above its median among similar accounts.

    Parameters
    ----------
    rows
        cutoff and columns of features, of any accounts.
    everybody
        cutoff and the compared features, of all accounts alive at these cutoffs: an account's peers are the same
        whichever accounts are asked for.
    peers
        Declarations by name, of columns of both.
    """
    for group in dict.fromkeys(each.group for each in peers.values()):
        chosen = {name: each for name, each in peers.items() if each.group == group}
        rows = _against(rows, everybody, chosen, [CUTOFF] if group is None else [CUTOFF, str(group)])
    return rows


def _against(rows: ir.Table, everybody: ir.Table, peers: Mapping[str, Peers], group: list[str]) -> ir.Table:
    similar = everybody.filter([everybody[column].notnull() for column in group])
    medians = {f"{name}_median_": _median(similar[each.of], each.fewest) for name, each in peers.items()}
    joined = rows.left_join(similar.group_by(group).agg(**medians), group, rname="{name}_peers_")
    columns = {
        str(each.feature_name(name)): _difference(joined[each.of], joined[f"{name}_median_"])
        for name, each in peers.items()
    }
    return joined.select(*rows.columns, **columns)


def _median(values: ir.FloatingValue, fewest: int) -> ir.FloatingValue:
    return ibis.ifelse(values.count() >= fewest, values.median(), ibis.null("float64"))


def _difference(value: ir.FloatingValue, median: ir.FloatingValue) -> ir.FloatingValue:
    # Sums of fractions may differ in their last bits from one query to the next: of equals, the rest is no difference.
    difference = value - median
    rounding = SMALLEST_TOTAL * ibis.greatest(value.abs(), median.abs())
    return ibis.ifelse(difference.abs() > rounding, difference, difference * 0.0)


def _something(divisor: ir.FloatingValue) -> ir.FloatingValue:
    # Fractions that cancel leave a rest of rounding, which is nothing to divide by.
    return ibis.ifelse(divisor.abs() > SMALLEST_TOTAL, divisor, ibis.null("float64"))
