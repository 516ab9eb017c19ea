"""Ask whether a locked dependency has a known weakness, and fail if one has that SECURITY.md does not accept.

    uv export … > requirements.txt && python .ci/audit.py requirements.txt

A service that cannot be asked is tolerated: then it says SKIPPED and ends with 0; packages that it does not know are
named. A weakness, and an auditor that stumbles over anything else, end with 1.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

SECURITY = Path(__file__).parents[1] / "SECURITY.md"
#: A line of SECURITY.md that accepts a weakness: its number and why.
ACCEPTED = re.compile(r"^- `((?:PYSEC|GHSA|CVE)-[\w-]+)`: \S", re.MULTILINE)
#: What the auditor says where nobody answers: a name, a certificate or the service fails.
UNREACHABLE = re.compile(r"requests\.exceptions\.|urllib3\.exceptions\.|ServiceError|Could not connect")


def judged(answer: str, said: str, accepted: set[str]) -> tuple[int, list[str]]:
    """The exit code and what to print.

    Parameters
    ----------
    answer, said
        The auditor's JSON, and what it wrote to standard error.
    accepted
        Numbers of weaknesses that are accepted.
    """
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError):
        if UNREACHABLE.search(said):
            return 0, ["SKIPPED: nobody answers who knows of weaknesses. Nothing was audited."]
        return 1, [said.strip(), "The auditor gave no answer."]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if packages and len(unknown) == len(packages):
        return 0, [f"SKIPPED: the service answers of none of {len(packages)} packages. Nothing was audited."]
    weak = [
        f"{package['name']} {package['version']}: {weakness['id']}, mended in {weakness['fix_versions'] or 'none'}"
        for package in packages
        for weakness in package.get("vulns", [])
        if accepted.isdisjoint({weakness["id"], *weakness.get("aliases", [])})
    ]
    lines = [*weak, *(f"{name}: the service does not know it; it was not audited" for name in unknown)]
    summary = f"{len(packages) - len(unknown)} packages, {len(weak) or 'no'} weakness known that is not accepted."
    return int(bool(weak)), [*lines, summary]


def main() -> None:
    """Ask, judge, print."""
    command = [
        "pip-audit",
        "--disable-pip",
        "--requirement",
        sys.argv[1],
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    asked = subprocess.run(command, check=False, capture_output=True, text=True)
    accepted = set(ACCEPTED.findall(SECURITY.read_text(encoding="utf-8")))
    code, lines = judged(asked.stdout, asked.stderr, accepted)
    print("\n".join(lines))
    sys.exit(code)


if __name__ == "__main__":
    main()
