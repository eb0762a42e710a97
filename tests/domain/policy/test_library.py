"""The examples of the page on policy files do what they say."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "policy-files.md"


def test_examples_run_one_after_the_other():
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    assert len(examples) == 2
    exec("".join(examples), {})  # each asserts its figures
