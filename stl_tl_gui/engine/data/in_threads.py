"""Work on many pictures in threads: results as they are ready, stop within a tenth of a second."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import ShouldStop

_WORKERS = min(8, os.cpu_count() or 1)
Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(
    do: Callable[[Item], Result], items: Iterable[Item], should_stop: ShouldStop
) -> Iterator[tuple[Item, Result]]:
    """Each item with its result of `do`, in the order of completion.

    Whether to stop is asked ten times a second at least. Raises Cancelled, and what `do` raises.
    """
    waiting = iter(items)
    pending: dict[Future[Result], Item] = {}
    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="pictures")
    try:
        while True:
            for item in islice(waiting, 4 * _WORKERS - len(pending)):
                pending[pool.submit(do, item)] = item
            if not pending:
                return
            done, _ = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
            if should_stop():
                raise Cancelled
            for future in done:
                yield pending.pop(future), future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
