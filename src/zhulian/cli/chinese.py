"""Typer in Chinese: panels, usage and complaints; refusals from the catalogue become text, cure and exit code 2."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, Final

import typer
from rich.console import Console
from typer import rich_utils

# Typer carries its own copy of click and exports one of its exceptions only; the others have no public name.
from typer._click.core import Context
from typer._click.exceptions import BadArgumentUsage, BadParameter, MissingParameter, NoSuchOption, UsageError
from typer.core import TyperCommand, TyperGroup, TyperOption

from zhulian.core.kernel.errors import ZhulianError

rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
rich_utils.OPTIONS_PANEL_TITLE = "选项"
rich_utils.COMMANDS_PANEL_TITLE = "命令"
rich_utils.ERRORS_PANEL_TITLE = "命令写得不对"
rich_utils.DEFAULT_STRING = "[默认：{}]"
rich_utils.REQUIRED_LONG_STRING = "[必填]"
rich_utils.ABORTED_TEXT = "已中止。"
rich_utils.RICH_HELP = "用法见：[blue]{command_path} {help_option}[/]"

REFUSED: Final = 2
"""Exit code of every refusal that the user can cure."""


def refuse(error: ZhulianError) -> typer.Exit:
    """Print what is wrong and what to do, on stderr; raise the result to leave."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]{_escaped(error.text)}[/]")
    console.print(f"办法：{_escaped(error.cure)}")
    return typer.Exit(REFUSED)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _missing(error: MissingParameter) -> str:
    param = error.param
    if param is None:
        return "缺少参数"
    name = param.opts[-1] if isinstance(param, TyperOption) else getattr(param, "metavar", None) or param.name
    return f"缺少 {name}"


_DETAILS: Final = (
    (re.compile(r"^Input should be a valid integer.*", re.DOTALL), "应为整数"),
    (re.compile(r"^(?:Value error, )?'.*' is not one of (.*?)\.?$"), r"可选 \1"),
    (re.compile(r"^Input should be greater than or equal to (.*)$"), r"不能小于 \1"),
    (re.compile(r"^Input should be less than or equal to (.*)$"), r"不能大于 \1"),
)
"""What Typer says of a value, and how we say it."""


def _bad(error: BadParameter) -> str:
    words = next((pattern.sub(text, error.message) for pattern, text in _DETAILS if pattern.match(error.message)), None)
    return f"{_hint(error)}的值不对：{words or error.message}"


def _hint(error: BadParameter) -> str:
    if error.param is None:
        return ""
    return f"{error.param.get_error_hint()} "


_COMPLAINTS: Final[tuple[tuple[type[UsageError], Callable[[Any], str]], ...]] = (
    (MissingParameter, _missing),
    (BadParameter, _bad),
    (
        NoSuchOption,
        lambda e: f"没有选项 {e.option_name}" + (f"，是不是 {'、'.join(e.possibilities)}" if e.possibilities else ""),
    ),
    (BadArgumentUsage, lambda e: f"参数个数不对：{e.message}"),
)


def _complaint(error: UsageError) -> str:
    for kind, words in _COMPLAINTS:
        if isinstance(error, kind):
            return words(error)
    return (
        error.message.replace("No such command", "没有命令")
        .replace("Did you mean", "是不是")
        .replace("Missing command", "缺少命令")
    )


class _Chinese:
    """What commands and groups share."""

    def get_usage(self, ctx: Context) -> str:
        usage: str = super().get_usage(ctx)  # type: ignore[misc]
        return (
            usage.replace("Usage:", "用法：")
            .replace("[OPTIONS]", "[选项]")
            .replace("COMMAND [ARGS]...", "命令 [参数]...")
        )

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        option: TyperOption | None = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = "显示这页说明"
        return option


class ChineseCommand(_Chinese, TyperCommand):
    """A subcommand."""


class ChineseGroup(_Chinese, TyperGroup):
    """The root: translates what goes wrong below it."""

    def invoke(self, ctx: Context) -> Any:
        try:
            return super().invoke(ctx)
        except ZhulianError as error:
            raise refuse(error) from None
        except UsageError as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                raise
            raise UsageError(_complaint(error), ctx=error.ctx or ctx) from None
        except BrokenPipeError:
            sys.stderr.close()
            raise typer.Exit(1) from None
