"""What names usually mean, in English and German. A name is the first hint and never the only one: figures confirm it.

Of a table in another language the figures are left, and the questions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from churnpredict.columns import RESERVED
from churnpredict.config import Category

#: Who has an account; and who, where nobody else is named.
ACCOUNTS = frozenset(
    "account accounts client clients company companies customer customers household households member members "
    "merchant merchants org organisation organisations organization organizations orgs partner partners "
    "subscriber subscribers tenant tenants workspace workspaces firma firmen kunde kunden kundennr kundennummer "
    "mandant mandanten".split()
)
PEOPLE = frozenset("benutzer contact contacts employee nutzer patient person student user users who".split())
KEYS = frozenset("code ean guid id ids key kundennr kundennummer no nr nummer phone sku uid upc uuid zip".split())

STARTS = frozenset(
    "activated activation begin begins began created creation first from joined joining onboarded opened registered "
    "registration signed signup since start started starts subscribed "
    "beginn begonnen erstellt seit start".split()
)
ENDS = frozenset(
    "close closed closes closing due end ended ending ends expire expired expires expiry to until "
    "ablauf bis ende faellig faelligkeit".split()
)
RENEWALS = frozenset("renewal renewals renew renews verlaengerung".split())
CHURNS = frozenset(
    "cancel canceled cancellation cancellations cancelled cancels churn churned churns deactivated leave leaver "
    "leavers left lost offboarded quit terminated termination unregistration unsubscribe unsubscribed former "
    "abgewandert gekuendigt kuendigung kuendigungen kuendigungsdatum kuendigungsgrund storniert".split()
)
#: When a row was written down, rather than when it happened.
KNOWN = frozenset(
    "available committed etl extracted imported ingested inserted known loaded processed received recorded synced "
    "written".split()
)
#: As it is today, whatever the day of the row.
LATEST = frozenset(
    "current currently last latest modified now recent recently updated "
    "aktualisiert aktuell aktueller geaendert letzte letzter letztes zuletzt".split()
)
#: Written, or written over, after the row's own day.
LATER = frozenset(
    "answered closed completed final lifecycle outcome outcomes phase predicted prediction probability propensity "
    "reason resolution resolved result results risk satisfaction stage state status "
    "attempt attempts deleted fixed lost paid refunded solved won "
    "abgeschlossen bezahlt erledigt ergebnis geloest geschlossen grund".split()
)
#: What becomes of an account while it is one; undated, it is as it is today.
CHANGING = frozenset(
    "active band bracket edition grade health inactive level package plan propensity rating risk score segment "
    "stage state status tier tiers type art betreuer bewertung kundenbetreuer stufe tarif".split()
)
#: What something was before it changed.
BEFORE = frozenset("alt alter before from old previous vorher".split())
TOTALS = frozenset("all anzahl average avg count ever gesamt lifetime ltv mean number sum summe total totals".split())

TERMS = frozenset(
    "contract contracts licence licences license licenses membership memberships plan plans policy "
    "subscription subscriptions term terms abo abos vertrag vertraege".split()
)
CALLS = frozenset("intervention interventions".split())
#: Tables that keep what something was, one row per change.
CHANGES = frozenset("change changes history log logs transition transitions verlauf statusverlauf historie".split())

#: What is added up, and what is averaged.
ADDED = frozenset(
    "amount clicks cost count discount disc duration hours logins minutes n paid price qty quantity revenue sales "
    "seconds spend total units value visits aktionen anzahl betrag dauer menge minuten stunden umsatz".split()
)
AVERAGED = frozenset(
    "adoption csat depth index mean nps percent percentage pct rate rating ratio satisfaction score sentiment "
    "share tone".split()
)
MONTHLY = frozenset("mrr monthly".split())
ANNUAL = frozenset("acv annual arr yearly".split())
PRICES = frozenset("einzelpreis preis price prices rate unitprice".split())
QUANTITIES = frozenset("items menge pieces qty quantity stueck units".split())
KINDS = frozenset(
    "action activity category channel direction event kind method name priority severity subject topic type "
    "aktion art kanal kategorie prioritaet thema".split()
)
URGENT = frozenset("blocker critical dringend high hoch kritisch major p0 p1 severe sev1 urgent".split())
CALENDAR = frozenset("day hour jahr month monat quarter tag week weekday woche year".split())
NAMES = frozenset("firma name".split())
OWNERS = frozenset("am betreuer csm kundenbetreuer manager owner".split())
#: What may be raised on a row days after it was written.
RAISED = frozenset("escalated escalation eskalation eskaliert reopened".split())
#: What a customer says who is about to go.
DISSATISFIED = frozenset("beschwerde complaint complaints detractor notice objection".split())

_CATEGORIES: tuple[tuple[Category, frozenset[str]], ...] = (
    (
        "support",
        frozenset(
            "bug bugs case cases complaint complaints csat incident incidents issue issues nps outage refund refunds "
            "return returns severity support survey surveys ticket tickets "
            "anfragen beschwerden reklamationen stoerungen supportfaelle".split()
        ),
    ),
    (
        "financial",
        frozenset(
            "arr billing contract contracts coupon coupons discount discounts invoice invoices mrr opportunities "
            "opportunity payment payments plan plans price pricing redemption redemptions subscription charge charges "
            "subscriptions rechnung rechnungen vertraege zahlung zahlungen".split()
        ),
    ),
    (
        "executive",
        frozenset(
            "business call calls champion champions competitor competitors contact contacts email emails executive "
            "meeting meetings mention mentions "
            "outreach qbr review reviews sponsor stakeholder stakeholders ansprechpartner besprechungen termine".split()
        ),
    ),
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_LONGEST_NAME = 40


def words_of(name: str) -> frozenset[str]:
    """The words of a name, in small letters.

    Examples
    --------
    >>> sorted(words_of("CustomerID"))
    ['customer', 'id']
    """
    return frozenset(word.lower() for word in _WORD.findall(_folded(name)))


def _folded(name: str) -> str:
    """The name in letters of ASCII: ü as ue, é as e."""
    return unicodedata.normalize("NFKD", name.translate(_UMLAUTS)).encode("ascii", "ignore").decode()


def category_of(*names: str, default: Category = "product") -> Category:
    """What part of the business names speak of; the first name that says something decides.

    Examples
    --------
    >>> category_of("support_tickets")
    'support'
    """
    for name in names:
        for category, words in _CATEGORIES:
            if words & words_of(name):
                return category
    return default


def name_of(text: str, taken: Iterable[str] = (), *, prefix: Literal["signal", "source"] = "signal") -> str:
    """A name that may be declared, made of any text, and not one that is taken.

    Examples
    --------
    >>> name_of("UnitPrice (net)"), name_of("day"), name_of("2nd", ["signal_2_nd"])
    ('unit_price_net', 'day_of_row', 'signal_2_nd_2')
    """
    words = [word.lower() for word in _WORD.findall(_folded(text))]
    made = "_".join(words) or prefix
    if made[0].isdecimal():
        made = f"{prefix}_{made}"
    made = made[:_LONGEST_NAME].rstrip("_")
    if made in RESERVED or made == "tenure":
        made = f"{made}_of_row"
    known, number = set(taken), 2
    base = made
    while made in known:
        made, number = f"{base}_{number}", number + 1
    return made
