"""Invented names: companies, people and the subjects of their tickets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .timeline import Ints

_FIRST_PARTS = """
    Alder Amber Ash Barrow Birch Black Blue Bram Briar Bright Calder Cedar Clear Cobalt Copper Coral Crag Crest
    Dawn Deep Drift East Elder Ember Fair Falcon Fern Flint Fox Frost Garnet Glen Gold Granite Green Grey Harbor
    Hazel Heather Heron High Holly Iron Ivory Kestrel Lark Laurel Linden Lumen Maple Marsh Mead Moss North Oak
    Opal Osprey Pine Raven Silver
""".split()
_SECOND_PARTS = """
    bank beck bourne bridge brook cliff combe crest dale field ford forge gate grove haven hill holm hurst land
    leigh mark mere mill point ridge rock shore stone vale wick
""".split()
INDUSTRIES: dict[str, tuple[str, ...]] = {
    "manufacturing": ("Castings", "Precision", "Components", "Tooling", "Coatings", "Fabrication"),
    "logistics": ("Logistics", "Freight", "Haulage", "Shipping", "Warehousing", "Cargo"),
    "software": ("Systems", "Software", "Analytics", "Platforms", "Data", "Digital"),
    "financial_services": ("Capital", "Insurance", "Leasing", "Credit", "Assurance", "Payments"),
    "healthcare": ("Diagnostics", "Clinics", "Medical", "Therapeutics", "Care", "Laboratories"),
    "retail": ("Retail", "Outfitters", "Homeware", "Grocers", "Trading", "Wholesale"),
    "professional_services": ("Consulting", "Advisory", "Partners", "Engineering", "Surveyors", "Legal"),
    "energy": ("Energy", "Power", "Renewables", "Grid Services", "Utilities", "Solar"),
}
_ADDITIONS = ("", " North", " South", " Group", " International", " Central", " Alliance")
_FORMS = ("GmbH", "AB", "Ltd", "Inc.", "Pty Ltd")
_GIVEN = """
    Ada Aiko Amara Anders Anika Arjun Astrid Benno Bilal Carla Chen Clara Dario Devi Elif Elena Emil Farah Femi
    Freja Goran Hanna Hugo Ines Ivan Jana Jonas Julia Kaito Karim Lars Leila Lena Liam Lucia Maja Marco Mei
    Milan Mira Nadia Niko Noor Olga Omar Paula Petra Priya Rafael Rosa Samir Sofia Sven Tara Tomas Uma Vera
    Viktor Yara Zoe
""".split()
_FAMILY = """
    Abelson Adeyemi Almeida Andersen Arslan Bakker Bauer Bergman Bianchi Bose Brandt Campos Chandra Costa Dahl
    Delgado Dubois Egger Ekström Farkas Ferrari Fischer Fontaine Gruber Haddad Hansen Hassan Hoffmann Ibrahim
    Ivanov Jansen Kaplan Keller Khan Kimura Kovac Kumar Larsen Lindqvist Lopez Maier Marino Mensah Moreau
    Nakamura Nguyen Novak Okafor Olsen Pereira Petrov Quinn Rahman Rossi Ruiz Santos Sato Schmid Silva Singh
    Sokolov Steiner Suzuki Tanaka Torres Vargas Vogel Wagner Walsh Weber Winkler Wong Yamada Yilmaz Zhang
    Ziegler
""".split()
_AREAS = (
    "Export",
    "Single sign-on",
    "Dashboard",
    "Invoice import",
    "Mobile app",
    "Report scheduler",
    "API",
    "User roles",
    "Search",
    "Notifications",
    "Calendar sync",
    "Data upload",
)
_PROBLEMS = (
    "stopped working since the last release",
    "returns an error for some users",
    "is very slow in the morning",
    "shows outdated figures",
    "question about setup",
    "how do we change the defaults?",
    "does not respect permissions",
    "times out on large files",
    "request for documentation",
    "layout broken in the browser",
    "duplicates entries",
    "still not fixed, please escalate",
)


#: Companies that the simulated one competes with.
RIVALS = ("Corvane", "Tessaline", "Quillmark")
_CLAUSES = ("liability", "data processing", "price increases", "termination", "service levels")
_NOTES: dict[str, tuple[str, ...]] = {
    "competitor_mention": (
        "Is looking at {rival}",
        "Asked how we compare with {rival}",
        "{rival} has offered them a trial",
        "New manager worked with {rival} before",
    ),
    "parity_request": (
        "Asked for {area} as {rival} has it",
        "Misses {area}; {rival} shows it in its demo",
        "Wants a date for {area}",
    ),
    "contract_friction": (
        "Legal sent redlines on {clause}",
        "Signature is late again, no date given",
        "Procurement wants to renegotiate {clause}",
    ),
    "escalation": ("Asked to speak to our management about {area}", "Complained to their account team about {area}"),
    "non_renewal_notice": ("Gave notice that they will not renew", "Wrote that the contract is to end"),
}


def company_names(rng: np.random.Generator, industry: Ints, *, region: Ints) -> list[str]:
    """Invent one unique company name per account, with a trade of its industry and a legal form of its region."""
    stems = [first + second for first in _FIRST_PARTS for second in _SECOND_PARTS]
    order = rng.permutation(len(stems))
    trades = list(INDUSTRIES.values())
    names = []
    for account in range(len(industry)):
        # Accounts that share a stem differ in the trade, and after six rounds in the addition: never a duplicate.
        turn, stem = divmod(account, len(stems))
        addition, trade = divmod(turn, 6)
        kind = trades[industry[account]][(trade + order[stem]) % 6]
        names.append(f"{stems[order[stem]]} {kind}{_ADDITIONS[addition]} {_FORMS[region[account]]}")
    return names


def person_names(rng: np.random.Generator, count: int) -> list[str]:
    """Invent names of people; two may share one, as they do."""
    given = rng.integers(0, len(_GIVEN), count)
    family = rng.integers(0, len(_FAMILY), count)
    return [f"{_GIVEN[g]} {_FAMILY[f]}" for g, f in zip(given, family, strict=True)]


def owner_names(rng: np.random.Generator, count: int) -> list[str]:
    """Invent unique names for customer success managers."""
    chosen = rng.permutation(len(_GIVEN) * len(_FAMILY))[:count]
    return [f"{_GIVEN[one % len(_GIVEN)]} {_FAMILY[one // len(_GIVEN)]}" for one in chosen]


def mention_notes(rng: np.random.Generator, kinds: Sequence[str]) -> list[str]:
    """Write the note of each mention, as someone in sales or support would."""
    drawn = {"rival": RIVALS, "area": _AREAS, "clause": _CLAUSES}
    notes = []
    for kind, choice in zip(kinds, rng.integers(0, 60, (len(kinds), 4)).tolist(), strict=True):
        said = {name: words[choice[place] % len(words)] for place, (name, words) in enumerate(drawn.items())}
        notes.append(_NOTES[kind][choice[3] % len(_NOTES[kind])].format(**said))
    return notes


def ticket_subjects() -> list[str]:
    """List every subject a ticket can have."""
    return [f"{area}: {problem}" for area in _AREAS for problem in _PROBLEMS]
