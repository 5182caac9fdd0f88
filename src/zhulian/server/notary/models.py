"""Ledger leaves: what was done, by whom, to what. Unsequenced for now: the sequencer gives them their index."""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar

from django.db import models

from zhulian.server.common.crypto import EncryptedTextField, SecretContextField


class Leaf(models.Model):
    """One action. `content` is the canonical JSON that `hash` is the SHA-256 of; rows are never changed or deleted."""

    at = models.DateTimeField()
    action = models.CharField(max_length=100)
    actor = models.CharField(max_length=100)
    subject = models.CharField(max_length=100)
    content = models.TextField()
    hash = models.CharField(max_length=64)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject", "id"], name="notary_leaf_subject"),
            models.Index(fields=["actor", "id"], name="notary_leaf_actor"),
        ]


class Opening(models.Model):
    """What opens a commitment of a leaf: salt and value. Deleting it erases the value, and proofs still hold."""

    leaf = models.ForeignKey(Leaf, on_delete=models.CASCADE, related_name="openings")
    commitment = models.CharField(max_length=64)
    salt = models.CharField(max_length=64)
    secret_id = SecretContextField()
    value = EncryptedTextField(null=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["commitment"], name="notary_opening_look")]
