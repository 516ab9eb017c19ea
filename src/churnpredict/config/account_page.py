"""What the page of an account may be declared to show of the people behind it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from churnpredict.config.declarations import refuse_repeated
from churnpredict.config.tables import Declared, Name, Where


class Touch(Declared):
    """Rows of an events source that are contact with the customer: the day of the newest is its last touch."""

    label: str | None = None
    events: Name
    where: Where = Field(default_factory=dict)
    #: Who began it, where that is known: a customer who is called is not one who calls.
    by: Literal["us", "customer"] | None = None


class AccountPage(Declared):
    """What an account's page shows beside its risk: contacts and other values as they stand, and last touches."""

    #: Names of declared values of histories and facts.
    values: Annotated[list[Name], AfterValidator(refuse_repeated)] = Field(default_factory=list)
    touches: dict[Name, Touch] = Field(default_factory=dict)
