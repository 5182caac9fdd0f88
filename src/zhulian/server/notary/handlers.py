"""The sequencer's job: once a minute whatever waits gets its place, and the head is signed and published."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.jobs import JobView, Step, job, schedule
from zhulian.server.notary import sequencing

JOB: Final = "notary.sequence"
_ROUND: Final = 20
"""Batches of one step: then others have their turn, and the checkpoint waits for the last."""


@job(JOB, apart=True)
def sequence(view: JobView) -> Step:
    """Some batches, then the checkpoint. Repeated after a crash, it goes on from what was committed."""
    done = view.done
    for _ in range(_ROUND):
        found = sequencing.leaves_sequence()
        done += found
        if not found:
            sequencing.settle()
            return Step(done=done, finished=True)
    return Step(done=done)


schedule(JOB, every=1)
