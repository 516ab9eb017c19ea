"""``python -m churnpredict``."""

from churnpredict.cli import main

main()
