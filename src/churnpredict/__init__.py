"""Which B2B accounts will leave in 60–90 days, why, and proof that it beats the rule-based health score."""

from importlib.metadata import version

__version__ = version("churnpredict")
__all__ = ["__version__"]
