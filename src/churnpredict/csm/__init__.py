"""What a CSM sees: the weekly list as a frame, as files and as one page, in words."""

from churnpredict.csm.account_page import LEFT, MOST_WEEKS, Background
from churnpredict.csm.assigned import assigned
from churnpredict.csm.contacts import Contacts
from churnpredict.csm.files import text_to_csv, to_csv, to_parquet, to_xlsx
from churnpredict.csm.listed import Lists
from churnpredict.csm.outcomes import OutcomeReport, Tally, report_outcomes
from churnpredict.csm.owners import OwnerFiles, owner_files
from churnpredict.csm.playbooks import due_date, play_for
from churnpredict.csm.plays import opened_plays
from churnpredict.csm.rendering import Figure, Page, render_risk_list
from churnpredict.csm.risk_list import COLUMNS, ListPolicy, build_risk_list, reasons_in_words, values_in_words
from churnpredict.csm.summary import chat_payload, message, summarise
from churnpredict.csm.wording import Driver, Noun, reason, risk_in_words

__all__ = [
    "COLUMNS",
    "LEFT",
    "MOST_WEEKS",
    "Background",
    "Contacts",
    "Driver",
    "Figure",
    "ListPolicy",
    "Lists",
    "Noun",
    "OutcomeReport",
    "OwnerFiles",
    "Page",
    "Tally",
    "assigned",
    "build_risk_list",
    "chat_payload",
    "due_date",
    "message",
    "opened_plays",
    "owner_files",
    "play_for",
    "reason",
    "reasons_in_words",
    "render_risk_list",
    "report_outcomes",
    "risk_in_words",
    "summarise",
    "text_to_csv",
    "to_csv",
    "to_parquet",
    "to_xlsx",
    "values_in_words",
]
