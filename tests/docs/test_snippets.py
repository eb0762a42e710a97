"""What the pages show is run: Python by pytest, shells and Node beside a sandbox; of other languages the addresses."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from yibaobox.sandbox import control
from yibaobox.testing.hosts import VENDORS

ROOT = Path(__file__).parent.parent.parent
STARTS = ("start-his", "start-mini-program", "start-pharmacy")
PAGES = ("README.md", *(f"docs/{name}.md" for name in ("testing", "recipes", *STARTS)))


def snippets(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "YIBAOBOX_"))}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def beside_a_sandbox(folder, *command):
    whole = [sys.executable, "-m", "yibaobox", "exec", "--population", "0", "--", *command]
    done = subprocess.run(
        whole, cwd=folder, env=environment(), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_python_of_every_page_passes(tmp_path):
    count = 0
    for page in PAGES:
        for snippet in snippets(page, "python"):
            count += 1
            (tmp_path / f"test_{count:02d}_{Path(page).stem.replace('-', '_')}.py").write_text(
                snippet, encoding="utf-8"
            )
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]

    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=240, check=False
    )

    assert count >= 8
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def test_the_recipes_of_curl_and_node_run(tmp_path):
    if shutil.which("curl") is None or shutil.which("node") is None:
        pytest.skip("curl or node is not here")
    (tmp_path / "recipe.sh").write_text(snippets("docs/recipes.md", "sh")[1])
    [recipe] = snippets("docs/recipes.md", "js")
    (tmp_path / "year.test.mjs").write_text(recipe, encoding="utf-8")

    told = beside_a_sandbox(tmp_path, "bash", "-c", "bash -eu -o pipefail recipe.sh && node --test")

    assert '"violations":[]' in told.replace(" ", "")


def test_the_command_of_the_recipes_runs(tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("curl is not here")
    first, _ = snippets("docs/recipes.md", "sh")

    done = subprocess.run(
        ["bash", "-c", first], env=environment(), capture_output=True, text=True, timeout=240, check=True
    )

    assert "ready" in done.stdout


def nameless(path):
    return re.sub(r"<[^>]*>", "<>", path)


@pytest.mark.parametrize("language", ["java", "csharp", "js"])
def test_other_languages_use_addresses_that_are_served(language):
    [recipe] = snippets("docs/recipes.md", language)
    served = {nameless(rule.rule).rstrip("<>") for rule in control.create(None).url_map.iter_rules()}
    used = set(re.findall(r"/_sandbox/v1/[a-z-]+(?:/[a-z-]+)?(?![a-z])", recipe))

    assert len(used) > 2
    assert {path for path in used if path not in served and f"{path}/" not in served} == set()


def test_the_hosts_that_are_answered_are_named():
    page = (ROOT / "docs/testing.md").read_text(encoding="utf-8")

    assert [host for host in VENDORS if f"`{host}`" not in page] == []
