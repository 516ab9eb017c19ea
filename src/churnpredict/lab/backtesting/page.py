"""A backtest as one HTML page: figures become words and tables here, and meet markup in the template."""

from __future__ import annotations

from churnpredict.lab.backtesting.backtest import Backtest, Watch
from churnpredict.lab.judging.curves import SHARES
from churnpredict.lab.judging.tier_proof import TierRate
from churnpredict.lab.metrics import Figures, Interval
from churnpredict.lab.reporting import plots
from churnpredict.lab.reporting.report import Drawing, Report, Section, Table, plain, render_report, share

NAMES = {
    "model": "Model",
    "health_score": "Health score",
    "model_tiers": "Model's tiers",
    "health_tiers": "Health score's tiers",
    "model_times_arr": "Model × ARR",
    "arr": "ARR alone",
    "health_score_times_arr": "Health score × ARR",
}
#: Shares of the list at which revenue is printed.
PRINTED = (0.02, 0.05, 0.1, 0.2)


def render_backtest(found: Backtest, company: str) -> str:
    """One self-contained page; the same backtest gives the same text.

    Parameters
    ----------
    found
        The backtest.
    company
        Whose accounts they are.

    Raises
    ------
    UsageError
        If matplotlib, which is part of the extra ``lab``, is not installed.
    """
    sections = [_lead(found), _duel(found), _money(found), _probabilities(found), _tiers(found), _parts(found)]
    report = Report(
        title="Backtest",
        company=company,
        lead=headline(found),
        known=f"{found.lists} lists from {found.first} to {found.last}, each of what was known before its day",
        facts=_facts(found),
        sections=[section for section in (*sections, _origins(found)) if section is not None],
    )
    return render_report(report)


def headline(found: Backtest) -> str:
    """The one sentence to take away."""
    watches = {watch.name: watch.lead for watch in found.watches}
    model, rule = watches["model"], watches.get("health_score")
    if model.flagged_in_window is None:
        return "Nobody left whom the lists could have named 60 to 90 days before: the replay is too short to judge."
    beside = (
        "" if rule is None or rule.flagged_in_window is None else f"; the health score {share(rule.flagged_in_window)}"
    )
    return (
        f"With {found.capacity:.0%} of the accounts on each list, the model had {share(model.flagged_in_window)} of "
        f"{model.churners:,} leavers on it 60 to 90 days before they left{beside}."
    )


def _facts(found: Backtest) -> list[tuple[str, str]]:
    rungs = [origin.rung for origin in found.origins if origin.rung is not None]
    judged = found.evaluation["model"]
    return [
        ("Accounts", f"{found.accounts:,}"),
        ("Rows with a known outcome", f"{judged.n:,}"),
        ("Churners among them", f"{judged.churners:,}"),
        ("Base rate in 90 days", f"{judged.base_rate:.1%}"),
        ("Trained", f"{len(rungs)} times"),
        ("Rung of the ladder", rungs[-1].name if rungs else "–"),
    ]


def _lead(found: Backtest) -> Section:
    head = ["", "flagged", "60–90 days before", "60 or more days before", "never", "median first alert"]
    head += ["green 60 days before", "new alerts per CSM and month", "of which left", "changes per account-year"]
    curves = {name: values for name, values in found.leads.items() if values}
    words = (
        "Share of the leavers on a list in time, and what the lists ask of the people who work them. The first two "
        "rows flag equally many accounts; the tiers flag as many as they flag. A CSM has 60 accounts."
    )
    drawings = [
        Drawing(plots.leads_plot(curves, NAMES), "Leavers on the list, by days before they left; shaded: 60 to 90"),
        Drawing(plots.tiers_plot(found.tiers_over_time), "The model's tiers, list by list"),
    ]
    return Section("In time", [words], drawings, [Table("", head, [_watched(watch) for watch in found.watches])])


def _watched(watch: Watch) -> list[str]:
    lead, alerts = watch.lead, watch.alerts
    cells = [lead.flagged_in_window, lead.flagged_early, lead.never_flagged]
    days = "–" if lead.median_lead is None else f"{lead.median_lead:.0f} days"
    work = ["–", "–", "–"]
    if alerts is not None:
        work = [
            f"{alerts.new_alerts_per_csm_month:.1f}",
            share(alerts.precision),
            f"{alerts.changes_per_account_year:.1f}",
        ]
    flagged = share(None if alerts is None else alerts.flagged_share)
    return [NAMES[watch.name], flagged, *map(share, cells), days, share(lead.green_at_60), *work]


def _duel(found: Backtest) -> Section | None:
    if found.duel is None:
        return None
    head = ["", "both", "only the model", "only the health score", "neither"]
    amounts = [("Churners", found.duel.churners)] + ([("Their ARR", found.duel.arr)] if found.duel.arr else [])
    rows = [[name, *(f"{value:,.0f}" for value in vars(caught).values())] for name, caught in amounts]
    return Section("The duel", found.duel.sentences(), (), [Table("Caught by", head, rows)])


def _money(found: Backtest) -> Section | None:
    if not found.revenue:
        return None
    places = [SHARES.index(top) for top in PRINTED]
    rows = [[NAMES[name], *(share(values[place]) for place in places)] for name, values in found.revenue.items()]
    shown = {name: values for name, values in found.revenue.items() if not name.startswith("health_score")}
    drawings = [
        Drawing(
            plots.curves_plot(SHARES, shown, NAMES, "share of the lost ARR"), "Lost ARR that the top of a list held"
        ),
        Drawing(plots.curves_plot(SHARES, found.lifts, NAMES, plots.LIFT), "Lift: churn at the top of the list"),
    ]
    worth = [
        [NAMES[name], f"{value.empb:,.0f}", share(value.contacted), f"{value.empc:,.0f}"]
        for name, value in found.worth.items()
    ]
    tables = [
        Table("Share of the lost ARR in the top of each list", ["sorted by", *map(share, PRINTED)], rows),
        Table(
            "Expected maximum profit per account and list, a saved account being worth 2.5 times its ARR",
            ["sorted by", "each its own value (EMPB)", "contacted", "the median's value for all (EMPC)"],
            worth,
        ),
    ]
    words = "Sorting by risk × ARR has to beat sorting by ARR, which needs no model."
    return Section("Money", [words], drawings, tables)


def _probabilities(found: Backtest) -> Section:
    keys = [("auc", "AUC", ".3f"), ("pr_auc", "PR-AUC", ".3f"), ("log_loss", "log-loss", ".4f")]
    keys += [("brier", "Brier", ".4f"), ("lift_at_10", "lift at 10%", ".2f"), ("ece", "ECE", ".4f")]
    keys += [("slope", "slope", ".2f"), ("intercept", "intercept", "+.2f")]
    rows = [
        [NAMES[name], *(_figure(figures, key, pattern) for key, _, pattern in keys)]
        for name, figures in found.evaluation.items()
    ]
    table = Table("With 95% intervals over accounts", ["", *(heading for _, heading, _ in keys)], rows)
    drawing = Drawing(plots.reliability_plot(found.reliability), "Of those given a risk, how many left")
    return Section("Probabilities", (), [drawing], [table])


def _tiers(found: Backtest) -> Section:
    rows = [
        [
            f"{NAMES[name]}: {tier}",
            f"{rate.rows:,}",
            f"{rate.churners:,}",
            share(rate.share),
            share(rate.rate),
            _between(rate),
        ]
        for name, tiers in found.tiers.items()
        for tier, rate in reversed(list(tiers.items()))
    ]
    head = ["", "rows", "churners", "share of the rows", "churned in 90 days", "95% interval"]
    return Section("Tiers", (), (), [Table("Realised churn per tier", head, rows)])


def _parts(found: Backtest) -> Section:
    head = ["", "rows", "churners", "churned", "mean risk", "AUC of the model", "AUC of the health score"]
    rows = [
        [
            f"{part.kind}: {part.name}",
            f"{part.rows:,}",
            f"{part.churners:,}",
            share(part.base_rate),
            share(part.mean_risk),
            plain(part.auc) + _interval(part.auc_interval, ".2f"),
            plain(part.rule_auc),
        ]
        for part in found.segments
    ]
    distances = [
        [
            f"{bucket.start} to {bucket.end} days",
            f"{bucket.rows:,}",
            plain(bucket.auc),
            plain(bucket.rule_auc),
            share(bucket.caught),
            share(bucket.rule_caught),
        ]
        for bucket in found.buckets
    ]
    far = ["left after", "rows", "AUC of the model", "AUC of the health score"]
    far += ["on the model's list", "on the health score's list"]
    words = "A figure over everybody mostly measures whether a renewal is near. These do not."
    return Section("By part", [words], (), [Table("", head, rows), Table("", far, distances)])


def _origins(found: Backtest) -> Section:
    rows = [
        [
            origin.day.isoformat(),
            f"{origin.lists:,}",
            f"{origin.rows:,}",
            f"{origin.churners:,}",
            origin.refused or (origin.rung.name if origin.rung else "–"),
        ]
        for origin in found.origins
    ]
    head = ["trained as of", "lists until the next", "rows", "churners", "rung of the ladder"]
    words = (
        "At each origin the model learnt from what was then known, its labels included; the lists that follow were "
        "scored with it. Nothing was split at random."
    )
    return Section("How it was run", [words], (), [Table("", head, rows)])


def _figure(figures: Figures, key: str, pattern: str) -> str:
    value: float | None = getattr(figures, key)
    return "–" if value is None else format(value, pattern) + _interval(figures.intervals.get(key), pattern)


def _interval(interval: Interval | None, pattern: str) -> str:
    return "" if interval is None else f" ({interval.low:{pattern}}–{interval.high:{pattern}})"


def _between(rate: TierRate) -> str:
    return f"{share(rate.low)} to {share(rate.high)}"
