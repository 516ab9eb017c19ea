"""Whether what was trained still holds: sources, accounts, risks, and what came of the lists."""
