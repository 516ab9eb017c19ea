"""The ledger: what was done to keep accounts and what came of it, written down once and never changed."""

from churnpredict.ledger.admission import Given
from churnpredict.ledger.entries import REACHED, STATES, Entry, Recorded, Stamp, State
from churnpredict.ledger.importing import COLUMNS, read_rows
from churnpredict.ledger.interventions import Intervention, Treatment, interventions_of, joined, treatments_of
from churnpredict.ledger.storage import read_ledger, record

__all__ = [
    "COLUMNS",
    "REACHED",
    "STATES",
    "Entry",
    "Given",
    "Intervention",
    "Recorded",
    "Stamp",
    "State",
    "Treatment",
    "interventions_of",
    "joined",
    "read_ledger",
    "read_rows",
    "record",
    "treatments_of",
]
