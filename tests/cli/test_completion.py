"""Shells complete subcommands, options and choices."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner

from yibaobox.cli import main
from yibaobox.cli.commands.completion import NAME, VARIABLE

SHELLS = ("bash", "zsh", "fish")


def words(shell, args, incomplete):
    found = get_completion_class(shell)(main, {}, NAME, VARIABLE).get_completions(args, incomplete)
    return [each.value for each in found]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_gets_a_script_of_its_own(shell):
    plain = CliRunner().invoke(main, ["completion", shell])
    told = json.loads(CliRunner().invoke(main, ["completion", shell, "--json"]).stdout)

    assert (plain.exit_code, told) == (0, {"shell": shell, "script": plain.stdout[:-1]})
    assert f"{VARIABLE}={shell}_complete" in plain.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_subcommands_options_and_choices_are_completed(shell):
    assert words(shell, [], "cl") == ["clock"]
    assert words(shell, ["clock"], "run") == ["run-until-idle"]
    assert "--world" in words(shell, ["clock", "set"], "--w")
    assert words(shell, ["clock", "set"], "f") == ["follow", "frozen"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_one_that_its_shell_understands(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    script = tmp_path / "completion"
    script.write_text(CliRunner().invoke(main, ["completion", shell]).stdout)

    subprocess.run([shell, "-n", script], check=True, timeout=30)


def test_the_command_completes_when_a_shell_asks():
    env = os.environ | {VARIABLE: "bash_complete", "COMP_WORDS": "yibaobox comp", "COMP_CWORD": "1"}
    command = [sys.executable, "-c", "from yibaobox.cli import main; main(prog_name='yibaobox')"]

    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    assert done.stdout.split() == ["plain,completion"]
