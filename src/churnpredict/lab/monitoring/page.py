"""What monitoring found as one HTML page: what needs a look first, then everything it was held against."""

from __future__ import annotations

from churnpredict.columns import CUTOFF
from churnpredict.lab.learning.reference import Drift
from churnpredict.lab.monitoring.cohorts import Cohort
from churnpredict.lab.monitoring.findings import Level, level_of
from churnpredict.lab.monitoring.monitor import Monitoring
from churnpredict.lab.monitoring.source_shifts import Shift
from churnpredict.lab.reporting import plots
from churnpredict.lab.reporting.report import Drawing, Report, Section, Table, plain, render_report, share, typical
from churnpredict.scoring import ORDER

#: Features that are shown, the farthest from training.
SHOWN = 15
NAMES: dict[Level, str] = {"alarm": "Alarm", "notice": "Notice", "early": "Too early to know"}


def render_monitoring(found: Monitoring, company: str) -> str:
    """One self-contained page; the same findings give the same text."""
    report = Report(
        title="Monitoring",
        company=company,
        lead=found.verdict,
        known=f"As of {found.as_of}; the champion was trained on what was known before {found.trained_until}",
        facts=[
            ("Accounts", f"{found.accounts:,}"),
            *((NAMES[level], f"{len(found.at(level)):,}") for level in NAMES),
        ],
        sections=[_findings(found), _sources(found), _features(found), _lists(found), _tiers(found)],
    )
    return render_report(report)


def _findings(found: Monitoring) -> Section:
    rows = [[NAMES[each.level], each.about, each.where, each.words] for each in found.findings]
    words = [] if rows else ["Nothing."]
    tables = [Table("", ["", "about", "where", "what"], rows, prose=True)] if rows else []
    return Section("What was found", words, (), tables)


def _sources(found: Monitoring) -> Section:
    ages = [
        [
            source.place,
            "–" if source.last_seen is None else str(source.last_seen),
            _count(source.age),
            _count(source.longest_silence),
            _count(source.allowed),
            "stopped" if source.stopped else "fresh",
        ]
        for source in found.sources
    ]
    head = ["", "last seen", "days ago", "longest silence", "allowed", ""]
    weeks = [_week(shift) for shift in found.shifts]
    heads = ["", "of", "last week", "usually", "distance", ""]
    words = (
        "A week is held against the eight before it. The distance is in units of what weeks usually differ by; "
        "5 is unusual, unless the same week a year ago went as far. Rows that came late count for no week."
    )
    tables = [Table("Days without a row", head, ages), Table("The last week", heads, weeks)]
    return Section("Sources", [words], (), tables)


def _week(shift: Shift) -> list[str]:
    patterns = {"rows": ",.0f", "share": ".1%", "mean": ".3g"}
    figures = ["–" if value is None else format(value, patterns[shift.what]) for value in (shift.now, shift.usual)]
    distance = "–" if shift.distance is None else f"{shift.distance:+.1f}"
    what = {"rows": "rows", "share": f"{shift.signal}: share of the rows", "mean": f"{shift.signal}: mean"}[shift.what]
    return [shift.place, what, *figures, distance, shift.state]


def _features(found: Monitoring) -> Section:
    head = [
        "",
        "went",
        "typically now",
        "in training",
        "missing now",
        "in training",
        "distance",
        "chance",
        "a year",
        "",
    ]
    rows = [_drift("Risk", found.risk), *(_drift(drift.feature.label, drift) for drift in found.drifts[:SHOWN])]
    words = (
        "The accounts of this cutoff against those of all training cutoffs: population stability index. An alarm is "
        "above 0.25, above what chance allows with as many accounts, and above twice what a single training cutoff was "
        "ever away from all of them."
    )
    caption = f"The risk, and of {len(found.drifts)} features the {min(SHOWN, len(found.drifts))} farthest"
    return Section("Accounts and risks", [words], (), [Table(caption, head, rows)])


def _drift(label: str, drift: Drift) -> list[str]:
    then, now = drift.missing
    name = label if label == "Risk" else f"{label} ({drift.feature.name})"
    level = level_of(drift)
    figures = [plain(drift.distance), plain(drift.noise), plain(drift.feature.farthest)]
    typically = [typical(drift.typical), typical(drift.feature.typical)]
    return [name, drift.direction, *typically, share(now), share(then), *figures, "" if level is None else NAMES[level]]


def _lists(found: Monitoring) -> Section:
    came = found.realised
    if not came.cohorts:
        when = f" The first outcome is known on {came.first_known_on}." if came.first_known_on else ""
        return Section("What came of the lists", [f"It is too early to know.{when}"])
    head = ["", "horizon", "lists", "rows", "outcome unknown", "churners", "expected rows", "observed"]
    head += ["observed per expected", "AUC"]
    rows = [_cohort(cohort) for cohort in [*came.cohorts, *came.latest]]
    words = (
        "Predictions as they were published, by month of the list. Rows of accounts that somebody worked on have no "
        "outcome: what would have happened cannot be known. In brackets 95% intervals over accounts."
    )
    return Section("What came of the lists", [words], (), [Table("", head, rows)])


def _cohort(cohort: Cohort) -> list[str]:
    figures = [
        "too early" if figure is None else f"{figure[0]:.2f} ({figure[1].low:.2f}–{figure[1].high:.2f})"
        for figure in (cohort.ratio, cohort.auc)
    ]
    name = "Latest half year" if cohort.name == "latest" else cohort.name
    counts = [f"{cohort.lists:,}", f"{cohort.rows:,}", share(cohort.unknown), f"{cohort.churners:,}"]
    sums = [f"{cohort.expected:,.1f}", f"{cohort.observed:,.0f}"]
    return [name, f"{cohort.horizon} days", *counts, *sums, *figures]


def _tiers(found: Monitoring) -> Section:
    treated = dict(zip(found.treated[CUTOFF], found.treated["treated"] / found.treated["accounts"], strict=True))
    rows = [
        [
            str(row[CUTOFF].date()),
            f"{row['accounts']:,}",
            *(share(row[tier]) for tier in reversed(ORDER)),
            share(treated.get(row[CUTOFF])),
        ]
        for row in reversed(found.tiers.to_dict("records"))
    ]
    if not rows:
        return Section("Tiers", ["No list was published yet."])
    head = ["list of", "accounts", *reversed(ORDER), "under an intervention"]
    drawings = []
    if plots.can_draw() and len(rows) > 1:
        shares: dict[str, list[float]] = {tier: found.tiers[tier].tolist() for tier in ORDER}
        drawings = [Drawing(plots.tiers_plot(shares), "Tiers, list by list")]
    return Section("Tiers", (), drawings, [Table("Share of the accounts", head, rows)])


def _count(days: int | None) -> str:
    return "–" if days is None else f"{days:,}"
