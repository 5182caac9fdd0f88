"""Reading one mapping of a rulebook: each field once, unknown keys refused, errors that name the place and the cure."""

from __future__ import annotations

import datetime as dt
import reprlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, Self

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.rules.quantities import Scale, known_units, parse_quantity

register(
    ErrorKind("rulebook.yaml", "规则文件 {file} 不是有效的 YAML：{detail}", "请按提示的行列修正后重新载入"),
    ErrorKind("rulebook.size", "规则文件 {file} 太大", "一个文件至多 {limit} KiB，请按类别分成几个文件"),
    ErrorKind("rulebook.key_unknown", "规则文件 {file} 的 {where} 有未知字段「{field}」", "请删除，或改为：{options}"),
    ErrorKind(
        "rulebook.key_missing", "规则文件 {file} 的 {where} 缺少「{field}」", "请补上该字段；标准未查到的数值写 null"
    ),
    ErrorKind("rulebook.value", "规则文件 {file} 的 {where} 中「{field}」的值 {value} 无效", "应为：{expected}"),
    ErrorKind("rulebook.quantity", "规则文件 {file} 的 {where} 中「{field}」的数量 {value} 无法精确读取", "{expected}"),
    ErrorKind(
        "rulebook.citation", "规则文件 {file} 的 {where} 没有依据", "请写明 source.document；没有依据的规则不予载入"
    ),
    ErrorKind("rulebook.duplicate", "规则文件 {file} 的 {where} 中「{value}」重复", "请合并或改名"),
    ErrorKind("rulebook.reference", "规则文件 {file} 的 {where} 所指的「{value}」不存在", "可选：{options}"),
)

_ABSENT: Final = object()
_SHORT: Final = reprlib.Repr()
"""How an error shows a value: a few YAML aliases can stand for gigabytes of text."""
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxdict, _SHORT.maxstring = 2, 3, 3, 60


class Fields:
    """A mapping read field by field; leaving the `with` block refuses what was not read."""

    def __init__(self, file: str, where: str, value: object) -> None:
        self.file, self.where = file, where
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise self.error("rulebook.value", where.rsplit("/", 1)[-1], value, "一组「字段: 值」")
        self._values: dict[str, Any] = dict(value)
        self._read: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        unknown = sorted(set(self._values) - self._read)
        if kind is None and unknown:
            options = "、".join(sorted(self._read))
            raise ZhulianError(
                "rulebook.key_unknown", file=self.file, where=self.where, field=unknown[0], options=options
            )

    def error(self, code: str, field: str, value: object = None, expected: str = "") -> ZhulianError:
        """An error at this place."""
        return ZhulianError(
            code, file=self.file, where=self.where, field=field, value=_SHORT.repr(value), expected=expected
        )

    def has(self, name: str) -> bool:
        """Whether the field is written, null included."""
        self._read.add(name)
        return name in self._values

    def raw(self, name: str, default: object = _ABSENT) -> Any:
        """The value as YAML gave it.

        Raises:
            ZhulianError: `rulebook.key_missing` when it is absent and has no default.
        """
        if self.has(name):
            return self._values[name]
        if default is _ABSENT:
            raise self.error("rulebook.key_missing", name)
        return default

    def text(self, name: str, default: object = _ABSENT) -> str:
        """A non-empty text; a default is returned as it is."""
        value = self.raw(name, default)
        if value is default and isinstance(value, str):
            return value
        if not isinstance(value, str) or not value.strip() or "\x00" in value:
            raise self.error("rulebook.value", name, value, "非空文字")
        return value.strip()

    def option(self, name: str, options: tuple[str, ...], default: object = _ABSENT) -> str:
        """One of the listed words."""
        value = self.text(name, default)
        if value not in options and value != default:
            raise self.error("rulebook.value", name, value, "、".join(options))
        return value

    def texts(self, name: str, default: object = _ABSENT) -> tuple[str, ...]:
        """A list of texts; a single text is a list of one."""
        value = self.raw(name, default)
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or not all(isinstance(i, str) and i and "\x00" not in i for i in items):
            raise self.error("rulebook.value", name, value, "文字或文字的列表")
        if len(set(items)) != len(items):
            raise self.error("rulebook.value", name, value, "不重复的文字")
        return tuple(items)

    def number(self, name: str, default: object = _ABSENT) -> int | None:
        """A whole number of at least 1 without unit, or null."""
        value = self.raw(name, default)
        if value is None or (type(value) is int and value >= 1):
            return value
        raise self.error("rulebook.value", name, value, "不小于 1 的整数或 null")

    def day(self, name: str) -> dt.date:
        """A date."""
        value = self.raw(name)
        if type(value) is not dt.date:
            raise self.error("rulebook.value", name, value, "形如 2015-01-01 的日期")
        return value

    def quantity(self, name: str, scale: Scale, default: object = _ABSENT) -> int | None:
        """A figure with its unit at the fixed scale, or null where no source has it."""
        value = self.raw(name, default)
        if value is None or value is default:
            return None
        if not isinstance(value, str):
            raise self.error("rulebook.quantity", name, value, f"应为带单位的文字，如 {scale.unit}，或 null")
        try:
            return parse_quantity(value, scale)
        except ValueError:
            expected = f"应能换算为 1/{scale.scale} {scale.unit} 的整数倍；可用单位：{'、'.join(known_units())}"
            raise self.error("rulebook.quantity", name, value, expected) from None

    def child(self, name: str, default: object = _ABSENT) -> Fields:
        """A nested mapping."""
        return Fields(self.file, f"{self.where}/{name}", self.raw(name, default))

    def children(self, name: str, default: object = _ABSENT) -> Iterator[Fields]:
        """A list of mappings; each is called by its `id` in messages, or by its position."""
        value = self.raw(name, default)
        if not isinstance(value, (list, tuple)):
            raise self.error("rulebook.value", name, value, "列表")
        for position, item in enumerate(value, start=1):
            called = item.get("id") if isinstance(item, Mapping) else None
            yield Fields(self.file, f"{self.where}/{name}/{called or position}", item)

    def names(self) -> tuple[str, ...]:
        """All field names, taken as read: for mappings keyed by data (grades)."""
        self._read.update(self._values)
        return tuple(self._values)
