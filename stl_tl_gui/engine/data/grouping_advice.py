"""Whether names and folders of pictures look like several pictures of one patient, slide, or burst."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from stl_tl_gui.engine.data.dataset import GroupingAdvice, Targets
from stl_tl_gui.engine.data.grouping import by_file, by_folder, by_name, numbered
from stl_tl_gui.engine.data.splits import Groups

_SHARED = 0.6
"""The share of pictures that must be in a group with others."""
_LEAST_PER_CLASS = 3
"""Groups of each class, so that training, validation, and test can each have one."""

_NAMED = (
    ("patients", r"(?i)((?<![a-z])(?:patient|pat|subject|subj|person|animal|mouse|case)[-_ ]?[a-z]?\d+)"),
    ("patients", r"(TCGA-\w\w-\w{4})"),
    ("slides", r"(?i)((?<![a-z])(?:slide|wsi|section|specimen|biopsy)[-_ ]?[a-z]?\d+)"),
    ("plates", r"(?i)((?<![a-z])(?:plate|dish)[-_ ]?[a-z]?\d+)"),
    ("videos", r"(?i)((?<![a-z])(?:video|vid|clip|movie|scene|shot|seq|sequence)[-_ ]?[a-z]?\d+)"),
    ("bursts", r"(?i)((?<![a-z])(?:burst|series|session|visit)[-_ ]?[a-z]?\d+)"),
)
_TILES = r"^(.*?\d[^_ ]*?)[-_ ](?=(?:x|r|row|tile|patch|crop)[-_ ]?\d+)"
_LOOKED_AT = 200
"""Of names, before all are searched."""


def advise(ids: Sequence[str], targets: Targets, depth: int) -> GroupingAdvice | None:
    """The first way to group that gives several groups for each class, most of them with several pictures.

    `ids` are those of all pictures that are divided, `targets` (n,) their classes; `depth` as for `find_groups`.
    """
    few = ids[:: max(1, len(ids) // _LOOKED_AT)]
    files = numbered(by_file(ids)) if any(by_file(few)[row] != id for row, id in enumerate(few)) else None
    if files is not None and _fits(files, targets):
        return _advice("files", files, by_file(ids), {"group_by": "file"})
    for what, pattern in (*_NAMED, ("slides", _TILES)):
        if sum(bool(re.search(pattern, id.rpartition("/")[2])) for id in few) >= _SHARED * len(few):
            names = by_name(ids, pattern)
            if _fits(groups := numbered(names), targets):
                return _advice(what, groups, names, {"group_by": "name", "group_pattern": pattern})
    names = by_folder(ids, depth)
    if _fits(groups := numbered(names), targets):
        return _advice("subfolders", groups, names, {"group_by": "folder"})
    names = by_name(ids)
    if _fits(groups := numbered(names), targets):
        return _advice("bursts", groups, [name.rpartition("/")[2] for name in names], {"group_by": "name"})
    return None


def _fits(groups: Groups, targets: Targets) -> bool:
    sizes = np.bincount(groups)
    if sizes[sizes > 1].sum() < _SHARED * len(groups):
        return False
    return all(len(np.unique(groups[targets == label])) >= _LEAST_PER_CLASS for label in np.unique(targets))


def _advice(what: str, groups: Groups, names: Sequence[str], settings: dict[str, Any]) -> GroupingAdvice:
    sizes = np.bincount(groups)
    example = names[int(np.flatnonzero(groups == int(sizes.argmax()))[0])]
    source = {"files": "Files have", "subfolders": "Classes have"}.get(what, "File names look like")
    found = {"files": f"several pages in {np.count_nonzero(sizes > 1):,} cases"}.get(what, f"{len(sizes):,} {what}")
    return GroupingAdvice(
        settings,
        f"Keep {what} together",
        f"{source} {found}, such as “{example}” with {int(sizes.max()):,} pictures. In training and test at once, "
        "they make results look better than they are.",
    )
