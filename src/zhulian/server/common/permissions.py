"""Who may open which address: every view says so, start-up refuses one that does not (trust.md "Access").

A permission is one row, declared in the `permissions.py` of its app with the roles that hold it. A role makes an
action possible; *on what* is said by grants and memberships, through `common.scopes`.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from django.http import HttpRequest, HttpResponseBase

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """What somebody is to the platform; `User.role` holds one."""

    PUBLIC = "public"
    ENTERPRISE = "enterprise"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """Chinese word shown on screen."""
        return ROLE_LABELS[self]


ROLE_LABELS: Final[Mapping[Role, str]] = {
    Role.PUBLIC: "社会公众",
    Role.ENTERPRISE: "企业",
    Role.PROVINCE: "省级主管部门",
    Role.CITY: "市级主管部门",
    Role.DISTRICT: "区县主管部门",
    Role.ADMINISTRATOR: "系统管理员",
}
REGULATORS: Final = frozenset({Role.PROVINCE, Role.CITY, Role.DISTRICT})


@dataclass(frozen=True, slots=True)
class Permission:
    """One action, e.g. `registry.enterprise.view`, and who may ever do it."""

    name: str
    label: str
    roles: frozenset[Role]
    named: bool = False
    """Only a grant that names it (or its area) gives it: `*` does not."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declares: `public`, `keyed`, `signed_in` or `requires` a permission."""

    kind: str
    permission: str = ""


_PERMISSIONS: Final[dict[str, Permission]] = {}


def declare(*permissions: Permission) -> None:
    """Add rows to the permission table (called from an app's `permissions.py`)."""
    for permission in permissions:
        known = _PERMISSIONS.setdefault(permission.name, permission)
        if known != permission:
            message = f"permission {permission.name!r} is declared twice with different meanings"
            raise ValueError(message)


def permissions() -> tuple[Permission, ...]:
    """The whole table, sorted by name."""
    return tuple(_PERMISSIONS[name] for name in sorted(_PERMISSIONS))


def permission(name: str) -> Permission | None:
    """The declared permission of that name, if any."""
    return _PERMISSIONS.get(name)


def role_of(user: Any) -> Role:
    """The role of a user; nobody signed in is the public."""
    if user is None or not user.is_authenticated or not user.is_active:
        return Role.PUBLIC
    return Role(user.role)


def allowed(user: Any, name: str) -> bool:
    """Whether the user's role holds the permission. An undeclared permission is held by nobody."""
    row = _PERMISSIONS.get(name)
    return row is not None and role_of(user) in row.roles and in_scopes(user, name)


def in_scopes(user: Any, name: str) -> bool:
    """Whether the key of a program's request reaches the permission; a request without a key is not narrowed."""
    scopes = getattr(user, "scopes", None)
    return scopes is None or any(s == name or (s.endswith(".*") and name.startswith(s[:-1])) for s in scopes)


def public(view: View) -> View:
    """Mark a view that anybody may open."""
    return _marked(view, Access("public"))


def keyed(view: View) -> View:
    """Mark a view for programs: it refuses every request that no registered key has signed, and looks at no session."""
    return _marked(view, Access("keyed"))


def signed_in(view: View) -> View:
    """A view for any signed-in user."""
    return _guarded(view, Access("signed_in"))


def requires(name: str) -> Callable[[View], View]:
    """A view for roles that hold the permission: others get 403, and the sign-in page when nobody is signed in."""

    def decorate(view: View) -> View:
        return _guarded(view, Access("requires", name))

    return decorate


def access_of(view: object) -> Access | None:
    """What a view declared, if it did."""
    found = getattr(view, "zhulian_access", None)
    return found if isinstance(found, Access) else None


def _marked(view: View, access: Access) -> View:
    view.zhulian_access = access  # type: ignore[attr-defined]  # functions carry attributes
    return view


def _guarded(view: View, access: Access) -> View:
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase | Any:
        refusal = _refusal(request, access)
        if refusal is not None:
            return refusal
        token = _acting.set(Acting(request.user, access.permission) if access.permission else None)
        try:
            return view(request, *args, **kwargs)
        finally:
            _acting.reset(token)

    # ninja resolves text annotations in the globals of the function it is given, which here would be this module's.
    with contextlib.suppress(NameError):
        guarded.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    return _marked(guarded, access)  # type: ignore[return-value]  # wraps() keeps the signature


@dataclass(slots=True)
class Acting:
    """Who is doing what under which permission, while a view that requires one runs; `known` is for look-ups."""

    user: Any
    permission: str
    known: Any = None


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def acting(actor: str) -> Acting | None:
    """Under which permission this actor's request runs; None outside a request, or for another actor."""
    found = _acting.get()
    return found if found is not None and getattr(found.user, "actor", "") == actor else None


def _refusal(request: HttpRequest, access: Access) -> HttpResponseBase | None:
    """None when the request may pass; the sign-in redirect for pages; otherwise an error for the edge to show."""
    if access.kind == "requires" and allowed(request.user, access.permission):
        return None
    if request.user.is_authenticated:
        if access.kind == "signed_in":
            return None
        if not in_scopes(request.user, access.permission):
            raise ZhulianError("apikey.scope", scope=access.permission)
        row = _PERMISSIONS.get(access.permission)
        raise ZhulianError("access.refused", action=row.label if row else access.permission)
    if request.path.startswith("/api/"):
        raise ZhulianError("access.sign_in")
    from django.contrib.auth.views import redirect_to_login  # needs the user model, which imports this module

    return redirect_to_login(request.get_full_path())


def roles(*named: Role, also: Iterable[Role] = ()) -> frozenset[Role]:
    """A set of roles, as permission tables write it: `roles(Role.ENTERPRISE, also=REGULATORS)`."""
    return frozenset(named) | frozenset(also)


register(
    ErrorKind("apikey.scope", "这个 API 密钥的范围里没有「{scope}」", "请用范围里有它的密钥，或者新建一个", 403),
)
declare(
    Permission("common.deadletter.view", "查看死信", roles(Role.ADMINISTRATOR)),
    Permission("common.deadletter.replay", "重试或放弃死信", roles(Role.ADMINISTRATOR)),
)
