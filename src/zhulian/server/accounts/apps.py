from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete, post_migrate, post_save, pre_save


class AccountsConfig(AppConfig):
    name = "zhulian.server.accounts"
    label = "accounts"

    def ready(self) -> None:
        from allauth.mfa.models import Authenticator
        from allauth.socialaccount.models import SocialAccount

        from zhulian.server.accounts import factors, sign_in
        from zhulian.server.accounts.middleware import begun

        post_migrate.connect(_fill_divisions, sender=self)
        user_logged_in.connect(begun)
        pre_save.connect(sign_in.forget_claims, sender=SocialAccount)
        post_save.connect(factors.saved, sender=Authenticator)
        post_delete.connect(factors.deleted, sender=Authenticator)


def _fill_divisions(**_: Any) -> None:
    """The code table of divisions, as the kernel has it; after a flush too."""
    from zhulian.server.accounts import divisions

    divisions.fill()
