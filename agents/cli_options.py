"""What every subcommand shares: the global options, the exit codes, the output option, `intent version`."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from agents import accelerator

if TYPE_CHECKING:
    from agents.settings import Settings

REJECTED: Final = 3

output_option: Callable[[Any], Any] = click.option(
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or programs.",
)


class Failed(click.ClickException):
    """The command could not do it: exit code 1 with this message."""

    exit_code = 1


class Rejected(click.ClickException):
    """Done, but some input was refused: exit code 3 with this message."""

    exit_code = REJECTED


@dataclass(frozen=True, slots=True)
class Options:
    """The options before the subcommand's name. They win over the environment."""

    log_level: str | None = None
    log_format: Literal["json", "text"] | None = None
    no_progress: bool = False

    @property
    def progress(self) -> bool:
        """Whether to draw progress bars: only on a terminal."""
        return not self.no_progress and sys.stderr.isatty()

    def settings(self) -> Settings:
        """The settings of a process that stays: read, checked, and logging set up by them.

        Raises SettingsErrors, and NotOurs where another distribution owns one of our packages.
        """
        from agents import installation, log
        from agents.settings import load

        read = load()
        settings = replace(
            read, log_level=self.log_level or read.log_level, log_format=self.log_format or read.log_format
        )
        log.set_up(settings.log_level, settings.log_format)
        if settings.unknown:
            log.get("settings").warning("variables that nobody reads", variables=list(settings.unknown))
        try:
            installation.check()
        except installation.NotOurs as error:
            raise Failed(str(error)) from error
        return settings

    def quiet_settings(self) -> Settings:
        """The settings of a process whose screen is its output: only warnings beside it, as text."""
        return replace(
            self, log_level=self.log_level or "warning", log_format=self.log_format or "text"
        ).settings()


pass_options = click.make_pass_decorator(Options, ensure=True)


@click.command()
@output_option
def version(output: str) -> None:
    """Say which version this is."""
    ours = metadata.version("intent-signals")
    if output == "json":
        click.echo(
            json.dumps({"version": ours, "python": platform.python_version(), "core": accelerator.core()})
        )
    else:
        click.echo(f"intent-signals {ours} (Python {platform.python_version()}, core: {accelerator.core()})")
