"""What a terminal prints when a job of the queue, or a fold, starts and ends."""

from rich.markup import escape
from rich.table import Table

from stl_tl_gui.cli.output import messages, show
from stl_tl_gui.engine.queue.queue import QueuedJob
from stl_tl_gui.engine.queue.running import JobEnd, JobStart
from stl_tl_gui.words.queue import accuracy_words, fold_words
from stl_tl_gui.words.run import title_of


def say_job(event: object) -> None:
    """Say which run starts and why one failed, and print the results of folds; ignores other events."""
    match event:
        case JobStart(job):
            messages.print(escape(" · ".join(filter(None, (title_of(job.settings, ()), fold_words(job))))))
        case JobEnd(job):
            if job.state == "failed":
                messages.print(f"[red]Failed:[/red] {escape(job.message)}")
            if job.folds and (job.state != "waiting" or job.interrupted):
                show(_table_of_folds(job))


def _table_of_folds(job: QueuedJob) -> Table:
    table = Table("fold", "run", "val", "test", "time")
    for number, fold in enumerate(job.folds, start=1):
        run, val, test = fold.run.name if fold.run else "", percent(fold.val_accuracy), percent(fold.test_accuracy)
        table.add_row(str(number), escape(run), val, test, f"{fold.seconds:.0f} s")
    table.add_section()
    val = percent(job.val_accuracy, job.deviation("val_accuracy"))
    test = percent(job.test_accuracy, job.deviation("test_accuracy"))
    table.add_row("mean", f"of {len(job.folds)}, ± standard deviation", val, test, f"{job.seconds:.0f} s")
    return table


def percent(accuracy: float | None, deviation: float | None = None) -> str:
    """“71.2%”, or “71.2% ± 0.8”: as in the window, without the space before the sign."""
    return accuracy_words(accuracy, deviation).replace(" %", "%")
