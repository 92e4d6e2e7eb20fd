"""Names in zip files whose program did not say how they are written: the Mac's Finder, Windows in China and Japan."""

import zipfile
from collections.abc import Sequence

_SAYS_UTF8 = 0x800
_AS_READ = "cp437"
"""How Python reads names that do not say that they are UTF-8."""


def real_names(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of an archive's files. All those that do not say how they are written are taken to be written alike."""
    raw = [_as_written(info) for info in infos]
    encoding = _encoding_of([name for name in raw if name is not None])
    return [info.filename if name is None else name.decode(encoding) for info, name in zip(infos, raw, strict=True)]


def _as_written(info: zipfile.ZipInfo) -> bytes | None:
    """The name's bytes; None where the archive says how it is written, in a flag or an extra field."""
    if info.flag_bits & _SAYS_UTF8:
        return None
    try:
        return info.filename.encode(_AS_READ)
    except UnicodeEncodeError:
        return None


def _encoding_of(names: Sequence[bytes]) -> str:
    """UTF-8 where all names are; Shift-JIS where they then have kana; GBK where they then are usual Chinese."""
    if _text(names, "utf-8") is not None:
        return "utf-8"
    japanese = _text(names, "cp932")
    if japanese is not None and any("\u3041" <= letter <= "\u30ff" for letter in japanese):
        return "cp932"
    if _text(names, "gb2312") is not None:
        return "gb18030"
    return _AS_READ


def _text(names: Sequence[bytes], encoding: str) -> str | None:
    try:
        return "".join(name.decode(encoding) for name in names)
    except UnicodeDecodeError:
        return None
