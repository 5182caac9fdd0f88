"""The ledger's rows: leaves (what was done, by whom, to what), the tree over them, and what was signed of it."""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar

from django.db import models

from zhulian.server.common.crypto import EncryptedTextField, SecretContextField


class Leaf(models.Model):
    """One action. `content` is the canonical JSON that `hash` is the SHA-256 of; its UTF-8 bytes are the tree's leaf.

    Rows are never changed or deleted, but for the sequencer, which once writes `index`.
    """

    at = models.DateTimeField()
    action = models.CharField(max_length=100)
    actor = models.CharField(max_length=100)
    subject = models.CharField(max_length=100)
    content = models.TextField()
    hash = models.CharField(max_length=64)
    index = models.BigIntegerField(null=True, unique=True, help_text="place in the tree; null: not sequenced yet")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="notary_leaf_waiting", condition=models.Q(index=None)),
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


class Head(models.Model):
    """How far a tree goes. One row for each hash function; the row is locked by whoever makes the tree grow."""

    suite = models.CharField(max_length=10, primary_key=True)
    origin = models.CharField(max_length=200, help_text="the log's name in its checkpoints")
    size = models.BigIntegerField(default=0)
    root = models.BinaryField()


class Tile(models.Model):
    """256 hashes of perfect subtrees at most (`core.ledger.tiles`); the last of each level is rewritten as it fills."""

    suite = models.CharField(max_length=10)
    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["suite", "level", "number"], name="notary_tile_once"),
        ]


class Checkpoint(models.Model):
    """A tree's size and root as signed. One for each size: a second one of the same size would be a fork."""

    suite = models.CharField(max_length=10)
    origin = models.CharField(max_length=200)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField(help_text="the signed note, with the cosignatures that came")
    at = models.DateTimeField(help_text="machine clock")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["origin", "size"], name="notary_checkpoint_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["suite", "size"], name="notary_checkpoint_last")]

    @property
    def root_text(self) -> str:
        """The root, in hexadecimal."""
        return bytes(self.root).hex()


class WitnessedLog(models.Model):
    """Somebody else's log that we witness: the last checkpoint that we cosigned. It may only grow."""

    origin = models.CharField(max_length=200, primary_key=True)
    key = models.CharField(max_length=300, help_text="verifier key of the log")
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(default=bytes)
    note = models.TextField(blank=True)
    at = models.DateTimeField(null=True, help_text="when we last cosigned, machine clock")
