"""Starting the server: what is refused, and how light it leaves the command line."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from abm.cli import app
from abm.foundation.errors import InputError
from abm.server import serve

runner = CliRunner()


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind((serve.HOST, 0))
        taken.listen()
        with pytest.raises(InputError, match="cannot be used"):
            serve.listen(taken.getsockname()[1])


def test_it_listens_on_this_machine_only() -> None:
    with serve.listen(0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("words", [["--port", "70000"], ["--port", "x"], ["no/such/folder"]])
def test_bad_input_ends_with_2(words: list[str]) -> None:
    result = runner.invoke(app, ["serve", *words])
    assert result.exit_code == 2
    assert "error: " in result.output.lower()


def test_help_is_light(repo: Path) -> None:
    code = "import sys; from abm.cli import app; from typer.testing import CliRunner; "
    code += "assert CliRunner().invoke(app, ['serve', '--help']).exit_code == 0; "
    code += "assert not {'solara', 'uvicorn', 'mesa', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=repo)
