"""How large the bundle is, and what of it: a table that is kept in the project, and a check against growth."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

TABLE = Path(__file__).with_name("bundle-sizes.json")
LIMIT = 0.05
"""The share by which the folder or the archive may grow until someone has to look and renew the table."""
LARGEST_FOLDER, LARGEST_ARCHIVE = 900_000_000, 260_000_000
"""Bytes: what a bundle for the CPU may need on Linux, whatever the table says."""
_SMALL = 1_000_000


def sizes_of(folder: Path) -> dict[str, int]:
    """Bytes of each file below a folder, by path; a link counts nothing."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


def parts(sizes: Mapping[str, int]) -> dict[str, int]:
    """Bytes of each part of the bundle, largest first: packages, the largest libraries by themselves, the rest."""
    found: dict[str, int] = {}
    for name, size in sizes.items():
        part = _part(name, size)
        found[part] = found.get(part, 0) + size
    small = sum(size for size in found.values() if size < _SMALL)
    kept = {part: size for part, size in found.items() if size >= _SMALL} | ({"the rest": small} if small else {})
    return dict(sorted(kept.items(), key=lambda item: (-item[1], item[0])))


def _part(name: str, size: int) -> str:
    """What a file belongs to. `name`: its path in the bundle."""
    path = PurePosixPath(name)
    if path.parts[0] != "_internal":
        return "the program with all Python modules" if size > _SMALL and len(path.parts) == 1 else path.parts[0]
    if len(path.parts) == 2:
        return path.name.split(".so")[0] if size > _SMALL else "libraries of the system"
    package = path.parts[1].removesuffix(".libs").lower()
    return f"{package}: {path.name.split('.so')[0]}" if size > 20 * _SMALL else package


def measured(folder: Path, archive: Path) -> dict[str, object]:
    """What the table says of one bundle: bytes of the archive, of the folder, and of its parts without weights."""
    sizes = {name: size for name, size in sizes_of(folder).items() if not name.startswith("weights/")}
    return {"archive": archive.stat().st_size, "folder": sum(sizes.values()), "parts": parts(sizes)}


def growth(before: Mapping[str, object] | None, now: Mapping[str, object], limit: float = LIMIT) -> list[str]:
    """A sentence for the archive and the folder if they have grown by more than the limit; what grew most is named."""
    if before is None:
        return []
    found = []
    for what in ("archive", "folder"):
        old, new = _bytes(before[what]), _bytes(now[what])
        if new > old * (1 + limit):
            text = f"The {what} has grown by {new / old - 1:.1%}, from {megabytes(old)} to {megabytes(new)}."
            found.append(text + _grown_most(before, now))
    return found


def _grown_most(before: Mapping[str, object], now: Mapping[str, object]) -> str:
    old, new = before.get("parts"), now.get("parts")
    if not isinstance(old, Mapping) or not isinstance(new, Mapping) or not new:
        return ""
    part = max(new, key=lambda name: new[name] - old.get(name, 0))
    more = new[part] - old.get(part, 0)
    return f" Most of it: {part}, {megabytes(more)} more." if more > 0 else ""


def too_large(now: Mapping[str, object]) -> list[str]:
    """A sentence for each limit that is passed."""
    limits = {"archive": LARGEST_ARCHIVE, "folder": LARGEST_FOLDER}
    return [
        f"The {what} has {megabytes(_bytes(now[what]))}; it may have {megabytes(limit)}."
        for what, limit in limits.items()
        if _bytes(now[what]) > limit
    ]


def _bytes(value: object) -> int:
    assert isinstance(value, int)
    return value


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def shown(now: Mapping[str, object]) -> str:
    """The table for people: one line a part."""
    listed = now["parts"]
    assert isinstance(listed, Mapping)
    rows = [*listed.items(), ("folder", now["folder"]), ("archive", now["archive"])]
    return "\n".join(f"  {megabytes(_bytes(size)):>10}  {part}" for part, size in rows)


def kept_table(table: Path = TABLE) -> dict[str, dict[str, object]]:
    """What is kept, by kind of bundle, such as “linux-x86_64-cpu”."""
    if not table.exists():
        return {}
    return dict(json.loads(table.read_text("utf-8")))


def keep(kind: str, now: Mapping[str, object], table: Path = TABLE) -> None:
    """Renew one bundle's entry in the table."""
    known = kept_table(table) | {kind: dict(now)}
    table.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", "utf-8")
