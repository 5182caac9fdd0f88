"""YAML bytes → one value, read strictly: for every rulebook, of whatever kind."""

from __future__ import annotations

from typing import Any

import yaml

from zhulian.core.kernel.errors import ZhulianError


class _Loader(yaml.CSafeLoader):
    """SafeLoader, with libyaml's parser, that refuses a key written twice: YAML would silently keep the second figure."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for each, _ in node.value:
        key = loader.construct_object(each)
        if not isinstance(key, str) or key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is no text or repeated", node.start_mark)
        seen.add(key)
    return yaml.CSafeLoader.construct_mapping(loader, node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(file: str, data: bytes) -> object:
    """The value that a file is; the caller says what it should be.

    Raises:
        ZhulianError: `rulebook.yaml`.
    """
    try:
        return yaml.load(data.decode(), Loader=_Loader)  # noqa: S506 - a SafeLoader with one check more
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # no UTF-8, no such day, nested without end
        raise ZhulianError("rulebook.yaml", file=file, detail=str(error)) from None
