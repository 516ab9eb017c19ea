"""From tables that nobody has declared to a commented churnpredict.toml: guesses, what is unsure, what may leak."""

from churnpredict.onboarding.configuring import ADDRESS, configure, needs_address
from churnpredict.onboarding.guessing import propose
from churnpredict.onboarding.proposal import Ask, Proposal, Question, Suspicion, summed_up
from churnpredict.onboarding.writing import toml_of

__all__ = [
    "ADDRESS",
    "Ask",
    "Proposal",
    "Question",
    "Suspicion",
    "configure",
    "needs_address",
    "propose",
    "summed_up",
    "toml_of",
]
