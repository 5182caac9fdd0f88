"""What the public may not read in open rows: names of natural persons, also inside project names.

A project's owner may be a private person (个人建房), whose name then stands in the project's name too. A name is
taken for a person's when it is two to four Chinese characters and ends like no organisation does: when in doubt
it is masked.
"""

from __future__ import annotations

import re
from typing import Final

from zhulian.core.kernel.identifiers import mask_name

_PERSON: Final = re.compile(r"^[\u4e00-\u9fff]{2,4}(?:[·•][\u4e00-\u9fff]{1,6})?$")
_ORGANISATION_ENDS: Final = tuple("司厂局厅院所部处会社校园馆站场队团店行府委村镇乡区县市省办组中心银行大学集团基地")


def is_person(owner: str) -> bool:
    """Whether an owner's name reads like a natural person's."""
    name = owner.strip()
    return bool(_PERSON.match(name)) and not name.endswith(_ORGANISATION_ENDS)


def project_name(name: str, owner: str) -> str:
    """The project's name with a private owner's name masked: 张小明住宅 → 张**住宅."""
    owner = owner.strip()
    return name.replace(owner, mask_name(owner)) if owner and is_person(owner) else name
