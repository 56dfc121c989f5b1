"""Jobs done one after the other, each told of in a line."""

from __future__ import annotations

from collections.abc import Sequence

from faceswap import plan, report
from faceswap.job import Job
from faceswap.ledger import Ledger, execute
from faceswap.stage import Progress
from faceswap.workspace import Workspace


def run_all(
    work: Workspace,
    jobs: Sequence[Job],
    progress: Progress,
    force: Sequence[str] = (),
    follows: bool = False,
) -> None:
    """Run the jobs that are not fresh, and those of the stages in `force`; say what each gave.

    A process that `follows` helps another one with them, and writes nothing.
    """
    if follows:
        for job in jobs:
            job.stage.follow(work.on(job.side), progress)
        return
    plan.check(work, jobs)
    for after, job in enumerate(jobs, 1):
        if _run(work, job, progress, job.name in force):
            # What the stages after it look at may be there only now.
            plan.check(work, jobs[after:])


def _run(work: Workspace, job: Job, progress: Progress, force: bool) -> bool:
    """Whether there was anything to do."""
    ledger = Ledger(work)
    fresh = not force and ledger.fresh(job)
    for change in [] if fresh else ledger.changes(job):
        progress.detail(f"{job.title}: {change}")
    progress.note(*report.done(job, execute(job, work, progress, force), fresh))
    job.stage.accept(work.on(job.side))
    return not fresh
