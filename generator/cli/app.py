"""The command line: words -> study settings, progress -> the terminal; only here is printed or an exit code set."""

from __future__ import annotations

import errno
from typing import Any

import typer
from typer.core import TyperGroup

from ..errors import StudyError
from .atlas import atlas
from .build import build, select
from .check import check
from .checkpoint import import_checkpoint
from .experiments import features_study, latency, pilot
from .observe import observe
from .publish import publish
from .serve import serve
from .terminal import console, say
from .training import train_dictionary, train_world, world


class Commands(TyperGroup):
    """The commands; whatever the user can mend ends in one sentence and a non-zero exit."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except StudyError as error:
            sentence = str(error)
        except MemoryError:
            sentence = "this machine's memory ran out; use fewer or smaller pictures"
        except OSError as error:
            sentence = _file_sentence(error)
        except KeyboardInterrupt:
            console.print("stopped; finished work is kept, the same command goes on from here", markup=False)
            raise typer.Exit(130) from None
        console.print("[bold red]error:[/] ", end="")
        say(sentence)
        raise typer.Exit(1)


def _file_sentence(error: OSError) -> str:
    """What the system says about a file or folder, as one sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and run the same command again, finished work is kept"
    what = " -> ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
    return f"{what or 'a file'} cannot be used: {error.strerror or error}; name another place or change its permissions"


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Precompute explanations of single neurons and render experiments about them.\n\n"
    "Start with: python -m generator build --exp 3, then: python -m generator serve",
)
COMMANDS = (  # as --help lists them
    build, serve, publish, check, observe, world, train_world, train_dictionary, features_study, latency, pilot,
    import_checkpoint, select, atlas,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run the command line."""
    app()
