"""JSON files: read whole, so limited in size; a broken one is refused with line and column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from zhulian.core.kernel.errors import ZhulianError

JSON_LIMIT: Final = 64 << 20
"""Bytes of one JSON file."""


def read_json(path: Path, encoding: str, shown: str) -> Any:
    """The document.

    Raises:
        ZhulianError: `file.too_large`, `file.json`.
    """
    size = path.stat().st_size
    if size > JSON_LIMIT:
        raise ZhulianError("file.too_large", file=shown, size=size >> 20, limit=JSON_LIMIT >> 20)
    try:
        return json.loads(path.read_text(encoding))
    except json.JSONDecodeError as error:
        raise ZhulianError(
            "file.json", file=shown, line=error.lineno, column=error.colno, detail=_DETAILS.get(error.msg, error.msg)
        ) from None
    except RecursionError:
        raise ZhulianError("file.json", file=shown, line=1, column=1, detail="嵌套过深") from None
    except ValueError:  # an integer of thousands of digits
        raise ZhulianError("file.json", file=shown, line=1, column=1, detail="数字过长") from None


def export_records(document: Any) -> list[dict[str, str]]:
    """The records of a table told as JSON: a list of flat objects, alone or as the one list of an object.

    Empty when the document is anything else; a value that is no text or number is written as JSON.
    """
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        document = lists[0] if len(lists) == 1 else []
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        return []
    return [{str(k): _text(v) for k, v in item.items()} for item in document]


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_DETAILS: Final = {
    "Expecting value": "缺少一个值",
    "Unterminated string starting at": "字符串没有结束",
    "Expecting ',' delimiter": "缺少逗号或右括号",
    "Expecting ':' delimiter": "缺少冒号",
    "Expecting property name enclosed in double quotes": "缺少带双引号的键",
    "Extra data": "后面还有多余的内容",
}
