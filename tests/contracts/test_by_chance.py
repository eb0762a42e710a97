"""Schemathesis on every operation of every contract, against a started server; see docs/contracts.md.

In each run every operation is tried, and some of them, drawn by a seed, at length. The seed is printed and may be given
(SCHEMATHESIS_SEED). The long run tries all of them at length, by SCHEMATHESIS_CASES requests each. A failure names the
seed and what was sent.
"""

import collections
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from yibaobox.app import agreement, contracts
from yibaobox.cli.accepted import Stage

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
PHASES = {"examples", "coverage", "fuzzing", "stateful"}
FEW = 3
ONE_IN = 20  # operations that a short run tries at length
MANY = int(os.environ.get("SCHEMATHESIS_CASES", "300"))
PATIENCE_S = 3600


@pytest.fixture(scope="module")
def seed():
    drawn = os.environ.get("SCHEMATHESIS_SEED", "2193795608")  # the same in each run unless another is given
    print(f"\nSCHEMATHESIS_SEED={drawn}")
    return drawn


@pytest.fixture(scope="module")
def sqlite(serve):
    return serve("sqlite")


def spared(service, seed):
    """Draw the operations of a service that a short run tries by examples and in chains only."""
    names = sorted(each.name for each in agreement.of(service))
    return random.Random(f"{seed} {service}").sample(names, len(names) - max(1, len(names) // ONE_IN))


def configuration(folder, without):
    """Write the configuration down, with operations that coverage and fuzzing leave out."""
    text = (ROOT / "schemathesis.toml").read_text(encoding="utf-8")
    if without:
        text += f"\n[[operations]]\ninclude-operation-id = {json.dumps(list(without))}\n"
        text += "phases.coverage.enabled = false\nphases.fuzzing.enabled = false\n"
    (folder / "schemathesis.toml").write_text(text, encoding="utf-8")
    return folder / "schemathesis.toml"


def tried(service, server, seed, cases, folder, without=()):
    """Run Schemathesis in a world of its own; return its exit code, what it said and (operation, phase, accepted)."""
    stage, tally = Stage.set(server.url), folder / "tally"
    tally.touch()
    env = os.environ | {
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "by_chance",
        "YIBAOBOX_TRIED_SERVICE": service,
        "YIBAOBOX_TRIED_URL": server.url,
        "YIBAOBOX_TRIED_WORLD": stage.caller.world,
        "YIBAOBOX_TRIED_TALLY": str(tally),
    }
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration(folder, without))]
    command += ["run", str(ROOT / "contracts" / f"{service}.yaml"), "--url", server.url, "--seed", seed]
    command += ["--max-examples", str(cases), "--no-color"]
    command += ["--generation-database", "none", "--continue-on-failure", "--request-timeout", "60"]
    command += ["--suppress-health-check", "all"]  # they judge the machine, not the answers
    ran = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    lines = [line.split() for line in tally.read_text(encoding="utf-8").splitlines()]
    clear(server.box())
    return ran, [(operation, phase, came == "accepted") for operation, phase, _, came in lines]


def clear(box):
    """Audit every world, whatever chance did to it, and remove all that were made."""
    broken = {name: found for name in box.worlds() if (found := box.elsewhere(name).violations())}
    for name in box.worlds():
        if name != "default":
            box.ask("DELETE", f"/worlds/{name}")
    assert broken == {}


def judge(service, found, seed):
    ran, lines = found
    phases = collections.Counter(phase for _, phase, _ in lines)
    accepted = {operation for operation, _, taken in lines if taken}

    assert ran.returncode == 0, f"SCHEMATHESIS_SEED={seed}\n{ran.stdout[-12_000:]}\n{ran.stderr[-2_000:]}"
    assert set(phases) >= PHASES, phases
    assert accepted >= {each.name for each in agreement.of(service)}


@pytest.mark.parametrize("service", contracts.OURS)
def test_chance_finds_nothing_that_the_contract_does_not_say(service, sqlite, seed, tmp_path):
    judge(service, tried(service, sqlite, seed, FEW, tmp_path, spared(service, seed)), seed)


@pytest.mark.long
@pytest.mark.parametrize("service", contracts.OURS)
def test_much_chance_finds_nothing_that_the_contract_does_not_say(service, server, seed, tmp_path):
    judge(service, tried(service, server, seed, MANY, tmp_path), seed)
