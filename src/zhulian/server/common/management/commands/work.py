"""Run the dispatcher: events, jobs, schedules."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from zhulian.server.common import worker
from zhulian.server.common.checks import refuse_start


class Command(BaseCommand):
    help = "处理事件、任务和定时任务，直到收到停止信号"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="处理完当前到期的即退出")

    def handle(self, *_: Any, once: bool, **__: Any) -> None:
        refuse_start()
        worker.run(once=once)
