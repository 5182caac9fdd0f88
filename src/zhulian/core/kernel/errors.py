"""The error catalogue: code → Chinese text, cure and HTTP status.

Every refusal a person can meet is a row here. The API turns a row into problem+json (RFC 9457), the
command line prints text and cure, intake stores the code with the rejected row. Texts are templates
over the error's parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One row of the catalogue."""

    code: str
    text: str
    cure: str
    status: int = 422


class ZhulianError(Exception):
    """An error with a catalogue code and parameters; it is translated at the edge, never here."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: Mapping[str, object] = params

    @property
    def kind(self) -> ErrorKind:
        """The catalogue row of this error."""
        return kind_of(self.code)

    @property
    def text(self) -> str:
        """What happened, in Chinese, with the parameters filled in."""
        return fill(self.kind.text, self.params)

    @property
    def cure(self) -> str:
        """What to do next, in Chinese."""
        return fill(self.kind.cure, self.params)

    def __str__(self) -> str:
        return f"{self.text} {self.cure}"


class _Shown(dict[str, object]):
    """A missing parameter shows as 「…」: an incomplete message beats a second error."""

    def __missing__(self, key: str) -> str:
        return "…"


def fill(template: str, params: Mapping[str, object]) -> str:
    """Fill a catalogue template with its parameters."""
    return template.format_map(_Shown(params))


_CATALOGUE: Final[dict[str, ErrorKind]] = {}


def register(*kinds: ErrorKind) -> None:
    """Add rows to the catalogue; a code means one thing, so a second, different row is refused."""
    for kind in kinds:
        known = _CATALOGUE.setdefault(kind.code, kind)
        if known != kind:
            message = f"error code {kind.code!r} is already in the catalogue with another meaning"
            raise ValueError(message)


def kind_of(code: str) -> ErrorKind:
    """Catalogue row of a code.

    Raises:
        KeyError: if the code is not in the catalogue, which is a defect of ours.
    """
    return _CATALOGUE[code]


def catalogue() -> tuple[ErrorKind, ...]:
    """All rows, sorted by code: the page docs/errors.md and the API's error list are made from it."""
    return tuple(_CATALOGUE[code] for code in sorted(_CATALOGUE))


register(
    ErrorKind(
        "id.uscc",
        "统一社会信用代码「{value}」未通过 GB 32100 校验",
        "请核对证照上的 18 位代码；确认原件如此的，请在“数据质量”的豁免里登记，复核后自动补入",
    ),
    ErrorKind(
        "id.resident",
        "身份证号码「{value}」未通过 GB 11643 校验",
        "请核对证件；15 位旧号请换为 18 位，带 * 的脱敏号可留空",
    ),
    ErrorKind("id.masked", "号码「{value}」是脱敏后的号码", "脱敏号码不作证件号使用，请提供完整号码或留空"),
    ErrorKind(
        "code.qualification",
        "资质代码「{value}」不在资质代码表中",
        "请使用全国平台资质代码，如 D101A（建筑工程施工总承包一级）",
    ),
    ErrorKind("code.division", "行政区划「{value}」不在区划表中", "请使用 GB/T 2260 六位代码或区划全称"),
    ErrorKind("code.option", "「{value}」不是「{field}」可选的值", "可选：{options}"),
    ErrorKind("value.date", "「{value}」不是有效日期", "请写成 2025-03-01 这样的形式"),
    ErrorKind("value.number", "「{value}」不是有效数字", "请只填数字，单位为{unit}，不要填文字或公式"),
    ErrorKind("value.precision", "「{value}」小数位过多，无法精确保存", "单位为{unit}，最多保留 {places} 位小数"),
    ErrorKind("value.range", "「{value}」超出允许范围", "请核对单位（{unit}）和位数"),
    ErrorKind("value.phone", "「{value}」不是有效的电话号码", "请填 11 位手机号，或带区号的固定电话"),
    ErrorKind("value.missing", "「{field}」不能为空", "请补填后重新提交"),
    ErrorKind("value.too_long", "「{field}」超过 {limit} 个字", "请缩短后重新提交"),
    ErrorKind("value.formula", "「{field}」以公式开头（{value}）", "请把公式结果粘贴为数值或文字"),
    ErrorKind("value.order", "「{first}」晚于「{second}」", "请核对两个日期的先后"),
)
