"""What was measured last, by form: kept in the checkout, so that the goals can be told from several runs."""

import dataclasses
import datetime
import json
import platform
import subprocess
from pathlib import Path
from typing import Any

from deploy.dev.checkout import ROOT, STATE

KEPT = STATE / "bench-results"

Result = dict[str, Any]
"""command, date, machine, version (of the checkout), and figures, as JSON gives them back."""


def keep(form: str, command: str, figures: dict[str, Any]) -> Result:
    """Remember figures of a form as the newest; what is kept."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    result = {"command": command, "date": today, "machine": machine(), "version": version(), "figures": figures}
    text = json.dumps(result, indent=2, default=dataclasses.asdict)
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{form}.json").write_text(text + "\n")
    kept: Result = json.loads(text)
    return kept


def newest() -> dict[str, Result]:
    """Of every form that was run in this checkout, by name."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(KEPT.glob("*.json"))}


def machine() -> str:
    """Processor, cores, memory and kernel."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024 // 1024
    model = models[0] if models else platform.machine()
    return f"{model}, {len(models) or 1} cores, {memory} GiB, Linux {platform.release()}"


def version() -> str:
    """The commit of the checkout, with `+` where something is changed; empty outside of one."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--abbrev=8"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()
