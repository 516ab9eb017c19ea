"""What is wrong between declarations, each of which is right on its own."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from churnpredict.columns import LONGEST_MEMORY, FeatureName
from churnpredict.config.declarations import SilenceChurn, Tone
from churnpredict.config.project import TENURE, Project, declared_tables
from churnpredict.errors import Problem


def cross_check(project: Project) -> list[Problem]:
    """What is wrong between declarations, each of which is right on its own."""
    return [
        *_repeated_names(project),
        *_unknown_connections(project),
        *_text_on_servers(project),
        *_unknown_references(project),
        *_tones_on_postgres(project),
        *_unfit_ingredients(project),
        *_unknown_indicators(project),
        *_unknown_origins(project),
        *_unknown_variants(project),
        *_profit_without_revenue(project),
        *_folders_of_owners(project),
        *_missing_pasts(project),
        *_unknown_evidence(project),
        *_unknown_on_pages(project),
    ]


def _repeated_names(project: Project) -> Iterator[Problem]:
    seen: dict[str, str] = {TENURE.signal: "the built-in tenure"}
    named = [("accounts.facts", name) for name in project.accounts.facts]
    named += [(f"events.{key}.signals", name) for key, source in project.events.items() for name in source.signals]
    named += [(f"histories.{key}.values", name) for key, source in project.histories.items() for name in source.values]
    named += [(f"facts.{key}.values", name) for key, source in project.facts.items() for name in source.values]
    named += [("ratios", name) for name in project.ratios] + [("peers", name) for name in project.peers]
    for place, name in named:
        if name in seen:
            yield Problem(
                f"{place}.{name}",
                f"{name!r} is already the name of {seen[name]}",
                "a name that is used once",
                "Feature names are made of it.",
            )
        seen[name] = f"{place}.{name}"


def _unknown_connections(project: Project) -> Iterator[Problem]:
    for place, table in declared_tables(project):
        if table.connection is not None and table.connection not in project.connections:
            known = ", ".join(project.connections) or "none declared"
            yield Problem(f"{place}.table.connection", f"unknown {table.connection!r}", f"one of: {known}")


def _text_on_servers(project: Project) -> Iterator[Problem]:
    for place, table in declared_tables(project):
        connection = project.connections.get(table.connection or "")
        if connection is None or connection.kind == "duckdb":
            continue
        if table.path is not None and not table.path.endswith(".parquet"):
            todo = "Load it into a table, or write it as Parquet."
            yield Problem(f"{place}.table.path", f"{table.path!r} on {connection.kind}", "a .parquet file", todo)
        if table.date_format is not None:
            given = f"{table.date_format!r} on {connection.kind}"
            todo = "Make it a date where it is loaded: only DuckDB reads dates of any format."
            yield Problem(f"{place}.table.date_format", given, "a column of dates, or text of ISO 8601", todo)


def _unknown_references(project: Project) -> Iterator[Problem]:
    events = ", ".join(project.events) or "none declared"
    if project.accounts.from_events is not None and project.accounts.from_events not in project.events:
        yield Problem("accounts.from_events", f"unknown {project.accounts.from_events!r}", f"one of: {events}")
    if isinstance(project.churn, SilenceChurn) and project.churn.events not in project.events:
        yield Problem("churn.events", f"unknown {project.churn.events!r}", f"one of: {events}")
    needs_start = project.churn.kind == "dated" and project.accounts.from_events is None
    if needs_start and project.accounts.started_on is None:
        yield Problem("accounts.started_on", "missing", "the column with the first day of an account")
    values = project.values()
    for key, kind in (("arr", "number"), ("renewal_on", "date")):
        name = getattr(project.risk_list, key)
        if name is not None and (name not in values or values[name].kind != kind):
            fitting = ", ".join(n for n, value in values.items() if value.kind == kind) or "none declared"
            yield Problem(f"risk_list.{key}", f"{name!r}", f"the name of a {kind}: {fitting}")


def _unknown_origins(project: Project) -> Iterator[Problem]:
    known = {
        "events": list(project.events),
        "history": list(project.histories),
        "signal": [name for source in project.events.values() for name in source.signals],
        "feature": [str(f.name) for f in project.features() if f.kind != "category"],
    }
    for declared in project.detectors():
        named = [(key, getattr(declared.detector, key)) for key in known]
        if declared.detector.until is not None:
            named.append(("until.events", declared.detector.until.events))
        for key, name in named:
            possible = known[key.removeprefix("until.")]
            if name is not None and name not in possible:
                near = difflib.get_close_matches(name, possible, n=5, cutoff=0.4) or possible[:8]
                expected = f"one of: {', '.join(near) or 'none declared'}"
                yield Problem(f"{declared.place}.{key}", f"{name!r} is not declared", expected)


def _unknown_evidence(project: Project) -> Iterator[Problem]:
    known = ["critical", "displacement", *(declared.place for declared in project.detectors())]
    for name, playbook in project.playbooks.items():
        for each in playbook.evidence:
            if each not in known:
                yield Problem(f"playbooks.{name}.evidence", f"{each!r} is not declared", f"one of: {', '.join(known)}")
        if not playbook.tiers and not playbook.evidence:
            yield Problem(f"playbooks.{name}", "for nobody", "tiers, evidence, or the name of a tier")


def _unknown_on_pages(project: Project) -> Iterator[Problem]:
    for position, name in enumerate(project.account_page.values):
        if name not in (values := project.values()):
            expected = f"the name of a value of a history or of a fact: {_nearest(name, values) or 'none declared'}"
            yield Problem(f"account_page.values.{position}", f"{name!r} is not declared", expected)
    for name, touch in project.account_page.touches.items():
        if touch.events not in project.events:
            expected = f"one of: {_nearest(touch.events, project.events) or 'none declared'}"
            yield Problem(f"account_page.touches.{name}.events", f"{touch.events!r} is not declared", expected)


def _tones_on_postgres(project: Project) -> Iterator[Problem]:
    for key, source in project.events.items():
        connection = project.connections.get(source.table.connection or "")
        for name, signal in source.signals.items():
            if isinstance(signal.measure, Tone) and connection is not None and connection.kind == "postgres":
                given, expected = "tone_of on PostgreSQL", "DuckDB or Spark, which can run the rules"
                todo = "Score the texts where they are loaded, and declare the column of the scores as the measure."
                yield Problem(f"events.{key}.signals.{name}.measure", given, expected, todo)


def _unfit_ingredients(project: Project) -> Iterator[Problem]:
    features = {str(feature.name): feature for feature in project.features()}
    compared = {str(peers.feature_name(name)) for name, peers in project.peers.items()}
    ratios = {str(ratio.feature_name(name)) for name, ratio in project.ratios.items()}
    named = [(f"ratios.{name}.of", ratio.of) for name, ratio in project.ratios.items()]
    named += [(f"ratios.{name}.per", ratio.per) for name, ratio in project.ratios.items()]
    named += [(f"peers.{name}.of", peers.of) for name, peers in project.peers.items()]
    for place, name in named:
        # A comparison may be of a ratio; otherwise what is made of features is made of those of the sources.
        beyond = compared if place.startswith("peers.") else compared | ratios
        fitting = [key for key, feature in features.items() if feature.kind == "number" and key not in beyond]
        if name not in fitting:
            given = f"{name!r} is not declared"
            if name in features:
                given = f"{name!r} is {'derived itself' if name in beyond else f'a {features[name].kind}'}"
            yield Problem(place, given, f"a number: {_nearest(name, fitting)}", "Declare the feature it is made of.")
    categories = [feature.name.signal for feature in features.values() if feature.kind == "category"]
    for key, peers in project.peers.items():
        if peers.by is not None and peers.by not in categories:
            near = _nearest(peers.by, categories) or "none declared"
            yield Problem(f"peers.{key}.by", f"{peers.by!r}", f"the name of a category: {near}")


def _nearest(name: str, known: Iterable[str]) -> str:
    """Those of the known names that `name` may have meant: of the same signal, or spelled alike, or the first."""
    known = sorted(known)
    signal = name.split("__", maxsplit=1)[0]
    near = [each for each in known if each.startswith(f"{signal}__")] or difflib.get_close_matches(name, known, n=8)
    return ", ".join((near or known)[:8])


def _unknown_indicators(project: Project) -> Iterator[Problem]:
    if project.health_score is None:
        return
    known = [str(feature.name) for feature in project.features()]
    for position, indicator in enumerate(project.health_score.indicators):
        if indicator.feature not in known:
            yield Problem(
                f"health_score.indicators.{position}.feature",
                f"{indicator.feature!r} is not declared",
                f"one of: {_nearest(indicator.feature, known)}",
                "An indicator reads a feature that a signal, history or fact declares.",
            )


def _unknown_variants(project: Project) -> Iterator[Problem]:
    if project.health_score is None:
        return
    known = [f.name.signal for f in project.features() if f.kind == "category" and f.name.aggregation == "value"]
    for position, variant in enumerate(project.health_score.variants):
        for name in variant.where:
            if name not in known:
                yield Problem(
                    f"health_score.variants.{position}.where.{name}",
                    f"{name!r} is not a declared category",
                    f"one of: {', '.join(known) or 'none declared'}",
                )


def _profit_without_revenue(project: Project) -> Iterator[Problem]:
    if project.tiers.policy != "profit":
        return
    revenue = None if project.risk_list.arr is None else FeatureName(project.risk_list.arr, "value")
    if revenue not in {feature.name for feature in project.features()}:
        given = "revenue is not declared" if revenue is None else f"{revenue} is not a feature"
        todo = "Profit is counted with each account's own revenue."
        yield Problem("tiers.policy", given, 'risk_list.arr, with "value" among its aggregations', todo)


def _folders_of_owners(project: Project) -> Iterator[Problem]:
    if project.privacy.redact and project.risk_list.per_owner:
        todo = "Take one of them away."
        yield Problem("risk_list.per_owner", "true beside privacy.redact", "no folders with owners' names", todo)


def _missing_pasts(project: Project) -> Iterator[Problem]:
    longest = LONGEST_MEMORY // 2
    for key, source in project.events.items():
        for name, signal in source.signals.items():
            windows = [f.days for f in signal.feature_names(name, source.windows) if f.aggregation == "versus_past"]
            too_long = [str(days) for days in windows if days and days > longest]
            if too_long:
                yield Problem(
                    f"events.{key}.signals.{name}.windows",
                    f"versus_past over {', '.join(too_long)} days",
                    f"at most {longest} days",
                    f"The past it compares with is as long as the window, and ends {LONGEST_MEMORY} days back.",
                )
