"""Every table a company's systems recorded."""

from __future__ import annotations

import pandas as pd

from .billing import billing_tables
from .contacts import accounts_table, contacts_table
from .contracts import contracts_table, draw_terms
from .endings import cancellation_times, cancellations_table, interventions_table
from .events import meetings_table, mentions_table, surveys_table, tickets_table
from .latent import Shocks
from .scene import Scene
from .timeline import recorded
from .treatment import Treatment
from .usage import usage_table


def draw_tables(scene: Scene, shocks: Shocks, *, treatment: Treatment) -> dict[str, pd.DataFrame]:
    """Draw the tables of a scene as they were on the morning after its last day.

    Returns
    -------
    dict of str to DataFrame
        By table name. Days are midnights, timestamps naive UTC, both in microseconds; identifiers are strings.
    """
    terms = draw_terms(scene, shocks)
    cancelled_at = cancellation_times(scene)
    invoices, payments = billing_tables(scene, terms)
    departures = recorded(shocks.departures, scene.world)
    return {
        "accounts": accounts_table(scene),
        "contracts": contracts_table(scene, terms, cancelled_at=cancelled_at),
        "contacts": contacts_table(scene, departures),
        "usage": usage_table(scene, departures),
        "tickets": tickets_table(scene),
        "invoices": invoices,
        "payments": payments,
        "meetings": meetings_table(scene),
        "surveys": surveys_table(scene),
        "mentions": mentions_table(scene),
        "cancellations": cancellations_table(scene, cancelled_at),
        "interventions": interventions_table(scene, treatment),
    }
