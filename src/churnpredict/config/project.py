"""A whole churnpredict.toml: the declarations together, and the features they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, field_validator

from churnpredict.columns import FeatureName
from churnpredict.config.account_page import AccountPage
from churnpredict.config.declarations import (
    Accounts,
    Category,
    Churn,
    Events,
    Facts,
    History,
    HistoryValue,
    Interventions,
    Kind,
    Signal,
    SignalName,
    SilenceChurn,
)
from churnpredict.config.derived import Peers, Ratio
from churnpredict.config.evidence import (
    DISPLACEMENT_SIGNALS,
    PEOPLE_SIGNALS,
    DeclaredDetector,
    Detector,
    Flag,
    detector_of_people,
    detector_of_signal,
)
from churnpredict.config.playbooks import Playbooks, Workload, default_playbooks
from churnpredict.config.policies import (
    Freshness,
    Gate,
    HealthScore,
    Outcomes,
    Paths,
    Privacy,
    RiskList,
    Tiers,
    Tracking,
    Training,
)
from churnpredict.config.tables import Connection, Declared, Name

#: Days the account has been an account; always there, declared by nobody.
TENURE = FeatureName("tenure", "days_since")


@dataclass(frozen=True)
class DeclaredFeature:
    """A feature as it was declared: what it is called in words, and what part of the business it speaks of.

    Parameters
    ----------
    name
        The feature's name, in its parts.
    label
        The signal in words, as a CSM would say it.
    category
        The health category, or ``context`` for what nobody can act on.
    kind
        ``number``, ``flag`` or ``category``.
    """

    name: FeatureName
    label: str
    category: Category
    kind: Kind = "number"


class Project(Declared):
    """What churnpredict.toml declares."""

    name: str = "My company"
    #: The zone whose midnights begin the days. Times without a zone are read as local to it.
    time_zone: str = "UTC"
    connections: dict[Name, Connection] = Field(default_factory=dict)
    accounts: Accounts
    events: dict[Name, Events] = Field(default_factory=dict)
    histories: dict[Name, History] = Field(default_factory=dict)
    facts: dict[Name, Facts] = Field(default_factory=dict)
    ratios: dict[SignalName, Ratio] = Field(default_factory=dict)
    peers: dict[SignalName, Peers] = Field(default_factory=dict)
    churn: Annotated[Churn, Field()]
    interventions: Interventions | None = None
    training: Training = Training()
    tracking: Tracking = Tracking()
    #: Declared, made of the declared features where no indicators are given, or None where it is ``false``.
    health_score: HealthScore | None = HealthScore()
    tiers: Tiers = Tiers()
    #: When a challenger takes the champion's place.
    gate: Gate = Gate()
    #: What makes an account critical, whatever the model says.
    critical: dict[Name, Detector] = Field(default_factory=dict)
    #: What says that a competitor is pushing in; without it, what the declared signals mean by their names.
    displacement: dict[Name, Detector] | None = None
    playbooks: Playbooks = Field(default_factory=default_playbooks)
    workload: Workload = Workload()
    risk_list: RiskList = RiskList()
    account_page: AccountPage = AccountPage()
    outcomes: Outcomes = Outcomes()
    privacy: Privacy = Privacy()
    freshness: Freshness = Freshness()
    paths: Paths = Paths()
    _folder: Path = PrivateAttr(default=Path())

    @field_validator("health_score", mode="before")
    @classmethod
    def _unwanted(cls, value: object) -> object:
        return None if value is False else value

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        msg = f"{value!r} is no time zone; give a name such as Europe/Berlin"
        # What these mean depends on the machine, or on leap seconds that no engine counts.
        if value in ("localtime", "Factory", "posixrules") or value.startswith(("right/", "posix/")):
            raise ValueError(msg)
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(msg) from error
        return value

    @property
    def folder(self) -> Path:
        """The folder of the configuration file, which relative paths start from."""
        return self._folder

    @property
    def data_folder(self) -> Path:
        """Where predictions and risk lists go."""
        return self._folder / self.paths.data

    @property
    def weeks_folder(self) -> Path:
        """Where the published weeks are, a folder per cutoff."""
        return self.data_folder / "risk_lists"

    @property
    def ledger_file(self) -> Path:
        """Where interventions and outcomes are written down."""
        return self.data_folder / "outcomes.sqlite"

    @property
    def models_folder(self) -> Path:
        """Where bundles go."""
        return self._folder / self.paths.models

    @property
    def champion_folder(self) -> Path:
        """Where the model of the weekly job is."""
        return self.models_folder / "champion"

    @property
    def challenger_folder(self) -> Path:
        """Where a later model waits to be promoted."""
        return self.models_folder / "challenger"

    @property
    def previous_champion_folder(self) -> Path:
        """Where the model is that a rollback returns to."""
        return self.models_folder / "previous_champion"

    @property
    def replaced_champion_folder(self) -> Path:
        """Where a promotion keeps the champion until the new one is in its place; only a killed one leaves it."""
        return self.models_folder / "replaced_champion"

    @property
    def tuning_folder(self) -> Path:
        """Where the trials of a tuning and what it chose are."""
        return self.models_folder / "tuning"

    @property
    def longest_cool_down(self) -> int:
        """Days in which an earlier play may still stand in the way of one of this week."""
        own = [playbook.cool_down_days or 0 for playbook in self.playbooks.values()]
        return max([self.workload.cool_down_days, *own])

    def values(self) -> dict[str, HistoryValue]:
        """Every declared value of histories and facts, by its name."""
        values = {name: value for history in self.histories.values() for name, value in history.values.items()}
        facts = [self.accounts.facts, *(source.values for source in self.facts.values())]
        return values | {name: value for each in facts for name, value in each.items()}

    def signal(self, name: str) -> tuple[str, Signal]:
        """The events source that declares a signal, and the signal."""
        return next((key, source.signals[name]) for key, source in self.events.items() if name in source.signals)

    def detectors(self) -> list[DeclaredDetector]:
        """Every detector of evidence with its label, those of critical first."""
        declared: list[tuple[Flag, str, Detector]] = [("critical", *item) for item in self.critical.items()]
        displacement = dict(self._default_displacement()) if self.displacement is None else self.displacement
        declared += [("displacement", *item) for item in displacement.items()]
        return [
            DeclaredDetector(flag, name, detector.model_copy(update={"label": detector.label or in_words(name)}))
            for flag, name, detector in declared
        ]

    def _default_displacement(self) -> Iterator[tuple[str, Detector]]:
        for key, source in self.events.items():
            for name, signal in source.signals.items():
                label = signal.label or in_words(name)
                if name in DISPLACEMENT_SIGNALS:
                    yield name, detector_of_signal(name, label)
                elif name in PEOPLE_SIGNALS and (people := detector_of_people(key, signal, f"{label}: gone silent")):
                    yield f"silent_{name}", people

    def features(self) -> list[DeclaredFeature]:
        """Every feature the declarations name, in a fixed order, tenure first; ratios and peers last."""
        features = {str(feature.name): feature for feature in self._source_features()}
        for declared in (self.ratios, self.peers):
            for name, made in declared.items():
                # What is not declared is for `cross_check` to report.
                if of := features.get(made.of):
                    label = made.label or (of.label if isinstance(made, Peers) else in_words(name))
                    feature = DeclaredFeature(made.feature_name(name), label, made.category or of.category)
                    features[str(feature.name)] = feature
        return list(features.values())

    def _source_features(self) -> Iterator[DeclaredFeature]:
        yield DeclaredFeature(TENURE, "Time as a customer", "context")
        for events in self.events.values():
            for signal_name, signal in events.signals.items():
                label = signal.label or in_words(signal_name)
                for name in signal.feature_names(signal_name, events.windows):
                    yield DeclaredFeature(name, label, signal.category or events.category)
        for history in self.histories.values():
            for value_name, value in history.values.items():
                for name in value.feature_names(value_name, history.windows):
                    kind: Kind = value.kind if name.aggregation == "value" else "number"
                    yield DeclaredFeature(name, value.label or in_words(value_name), history.category, kind)
        for facts in [self.accounts.facts, *(source.values for source in self.facts.values())]:
            for value_name, value in facts.items():
                for name in value.feature_names(value_name, []):
                    kind = "number" if value.kind == "date" else value.kind
                    yield DeclaredFeature(name, value.label or in_words(value_name), "context", kind)


def event_feature_names(source: Events) -> Iterator[FeatureName]:
    """Names of all features of an events source."""
    for signal_name, signal in source.signals.items():
        yield from signal.feature_names(signal_name, source.windows)


def in_words(name: str) -> str:
    """A declared name as the beginning of a sentence: ``open_tickets`` → ``Open tickets``."""
    return name.replace("_", " ").capitalize()


def declared_tables(project: Project) -> Iterator[tuple[str, Any]]:
    """Every declared table with the TOML path of its declaration."""
    if project.accounts.table is not None:
        yield "accounts", project.accounts.table
    for section in ("events", "histories", "facts"):
        for key, source in getattr(project, section).items():
            yield f"{section}.{key}", source.table
    if not isinstance(project.churn, SilenceChurn):
        yield "churn", project.churn.table
    if project.interventions is not None:
        yield "interventions", project.interventions.table
