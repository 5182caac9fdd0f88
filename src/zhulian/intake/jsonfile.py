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


_DETAILS: Final = {
    "Expecting value": "缺少一个值",
    "Unterminated string starting at": "字符串没有结束",
    "Expecting ',' delimiter": "缺少逗号或右括号",
    "Expecting ':' delimiter": "缺少冒号",
    "Expecting property name enclosed in double quotes": "缺少带双引号的键",
    "Extra data": "后面还有多余的内容",
}
