"""The sessions of an account: rows of allauth beside Django's own, ended together."""

from __future__ import annotations

from allauth.usersessions.models import UserSession

from zhulian.server.accounts.models import User


def sessions_end(*, user: User, keep: str = "", number: int = 0) -> int:
    """End sessions of an account: all but the one with the key `keep`, or only row `number`; how many ended.

    Called inside a service, which says why.
    """
    rows = UserSession.objects.filter(user=user).exclude(session_key=keep)
    ended = list(rows.filter(pk=number) if number else rows)
    for row in ended:
        row.end()
    return len(ended)


def session_renamed(*, user: User, old: str, new: str) -> None:
    """Keep the list of sessions true when the key of one changes, as a changed password makes it do."""
    UserSession.objects.filter(user=user, session_key=old).update(session_key=new)
