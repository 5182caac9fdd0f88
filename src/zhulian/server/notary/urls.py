"""Addresses of the ledger: its page, and what others' programs read (C2SP tlog-tiles, tlog-witness)."""

from __future__ import annotations

from django.urls import path

from zhulian.server.notary import views

app_name = "notary"
urlpatterns = [
    path("ledger", views.ledger, name="ledger"),
    path("verify", views.verify, name="verify"),
    path("ledger/checkpoint", views.checkpoint, {"suite": "sha256"}, name="checkpoint"),
    path("ledger/log.vkey", views.key, {"suite": "sha256"}, name="key"),
    path("ledger/tile/<int:level>/<path:number>", views.tile, {"suite": "sha256"}, name="tile"),
    path("ledger/sm3/checkpoint", views.checkpoint, {"suite": "sm3"}, name="checkpoint_sm3"),
    path("ledger/sm3/log.vkey", views.key, {"suite": "sm3"}, name="key_sm3"),
    path("ledger/sm3/tile/<int:level>/<path:number>", views.tile, {"suite": "sm3"}, name="tile_sm3"),
    path("ledger/consistency/<int:first>", views.consistency, name="consistency"),
    path("witness/add-checkpoint", views.add_checkpoint, name="add_checkpoint"),
]
