from __future__ import annotations

import pytest
from rich.table import Table

from harness.cli.console import data_console


def test_names_of_files_are_no_markup_and_piped_lines_stay_whole(capsys: pytest.CaptureFixture[str]):
    name = "[bold]x[/] :smile: " + "m" * 200
    table = Table("name", box=None, pad_edge=False)
    table.add_row(name)
    data_console().print(table)
    assert name in capsys.readouterr().out.splitlines()
