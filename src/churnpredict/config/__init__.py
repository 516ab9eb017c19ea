"""What may be declared, and reading it: `read_project` gives a `Project` or one error with every problem."""

from churnpredict.config.declarations import (
    Accounts,
    Category,
    Churn,
    DatedChurn,
    Events,
    Facts,
    History,
    HistoryValue,
    Interventions,
    Kind,
    Signal,
    SilenceChurn,
    Tone,
    UnrenewedChurn,
)
from churnpredict.config.derived import Peers, Ratio
from churnpredict.config.evidence import Clearing, DeclaredDetector, Detector, Flag, Silence
from churnpredict.config.playbooks import Playbook, Workload, default_playbooks
from churnpredict.config.policies import (
    HEALTH_CATEGORIES,
    HealthScore,
    HealthVariant,
    Indicator,
    PlayedTier,
    Tier,
    Tiers,
    Training,
)
from churnpredict.config.project import TENURE, DeclaredFeature, Project, declared_tables
from churnpredict.config.reading import read_project
from churnpredict.config.tables import Condition, Connection, Source, Table

__all__ = [
    "HEALTH_CATEGORIES",
    "TENURE",
    "Accounts",
    "Category",
    "Churn",
    "Clearing",
    "Condition",
    "Connection",
    "DatedChurn",
    "DeclaredDetector",
    "DeclaredFeature",
    "Detector",
    "Events",
    "Facts",
    "Flag",
    "HealthScore",
    "HealthVariant",
    "History",
    "HistoryValue",
    "Indicator",
    "Interventions",
    "Kind",
    "Peers",
    "Playbook",
    "PlayedTier",
    "Project",
    "Ratio",
    "Signal",
    "Silence",
    "SilenceChurn",
    "Source",
    "Table",
    "Tier",
    "Tiers",
    "Tone",
    "Training",
    "UnrenewedChurn",
    "Workload",
    "declared_tables",
    "default_playbooks",
    "read_project",
]
