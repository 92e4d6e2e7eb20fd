"""From a picture file to upright 8-bit RGB, whatever its format; a file that cannot be read says why."""

import errno
import io
import stat
import struct
import warnings
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageChops,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TgaImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
    features,
)

from stl_tl_gui.engine.data.tiff import NoSuchChannel, directories, n_channels, read_channels, size_of
from stl_tl_gui.engine.errors import UserError

MAX_PIXELS = 500_000_000
"""Larger pictures are refused: they are mistakes or attacks, and would fill the memory."""

FORMATS = {
    JpegImagePlugin.JpegImageFile.format: (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    PngImagePlugin.PngImageFile.format: (".png", ".apng"),
    GifImagePlugin.GifImageFile.format: (".gif",),
    BmpImagePlugin.BmpImageFile.format: (".bmp", ".dib"),
    TiffImagePlugin.TiffImageFile.format: (".tif", ".tiff"),
    WebPImagePlugin.WebPImageFile.format: (".webp",) if features.check("webp") else (),
    Jpeg2KImagePlugin.Jpeg2KImageFile.format: (".jp2", ".j2k", ".jpx") if features.check("jpg_2000") else (),
    PpmImagePlugin.PpmImageFile.format: (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
    TgaImagePlugin.TgaImageFile.format: (".tga",),
}
# Pillow knows more formats. They stay off: some start other programs (EPS), and nobody trains on them.
if "avif" in features.modules and features.check("avif"):
    from PIL import AvifImagePlugin

    FORMATS[AvifImagePlugin.AvifImageFile.format] = (".avif",)

HEIC_SUFFIXES = (".heic", ".heif", ".hif")
with suppress(ImportError):  # the extra [heic]
    from pillow_heif import register_heif_opener

    register_heif_opener()
    FORMATS["HEIF"] = HEIC_SUFFIXES

IMAGE_SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)
"""Lower-case suffixes of the files that can be opened here."""

HEIC_NEEDS = 'needs the extra [heic] to open: run pip install "stl-tl-gui[heic]", or save it as JPEG'
"""What to do about such a file where the extra is missing, as the rest of a sentence."""

PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY = 2**26, 2**27
"""Bytes of comments that a PNG may hold: some programs write their whole workflow into a picture."""

_PHONES_AND_CAMERAS = {*HEIC_SUFFIXES, ".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"}
_PROGRAMS_AND_WEB = {".svg", ".psd", ".xcf", ".eps", ".dcm", ".ico", ".jxl", ".webp", ".avif", ".jp2", ".j2k", ".jpx"}
FOREIGN_SUFFIXES = frozenset(_PHONES_AND_CAMERAS | _PROGRAMS_AND_WEB) - IMAGE_SUFFIXES
"""Pictures too, but of formats that cannot be opened here."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION, _SAMPLES = 0x0112, 277
_TIFF = TiffImagePlugin.TiffImageFile.format
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*", b"RIFF", b"BM")
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_DEPTHS = (8, 10, 12, 14, 16)

# What Pillow's readers raise on damaged files: found by flipping and cutting bytes of files of every format above.
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    struct.error,
    zlib.error,
)

# The size is checked below, before anything is decoded. Pillow's own check warns of every 90-megapixel photo.
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # odd metadata does not concern the user


class UnreadableImage(UserError):
    """A picture that cannot be shown or used."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)  # both in args, so that it survives the way out of a worker process
        self.name = name
        self.reason = reason
        """What is wrong, as the rest of a sentence: “is empty”."""

    def __str__(self) -> str:
        return f"{self.name} {self.reason}."


@dataclass(frozen=True)
class Part:
    """What of a file is a picture."""

    page: int = 1
    """Of a TIFF with several pages, or the frame of an animation, from 1."""
    channels: tuple[int, ...] = ()
    """Which three channels, from 1, become red, green, and blue, where there are more than three. Empty: the first
    three, and transparent parts over white."""


WHOLE = Part()


def decode(source: Path | bytes, at_least: int | None = None, part: Part = WHOLE) -> Image.Image:
    """The picture as 8-bit RGB, upright, the transparent parts over white; of several pages the first.

    With `at_least`, a large JPEG is decoded smaller, which is several times cheaper: its shorter side is then at least
    that many pixels (or its own). Gray pictures deeper than 8 bits are scaled so that white is the top of the smallest
    usual depth (8, 10, 12, 14 or 16 bits) that fits their brightest pixel; those that fit none (negative, or above
    65,535) from their own darkest to brightest value; floating-point ones up to 1 from 0 to 1.

    Raises UnreadableImage.
    """
    return _decoded(source, at_least, part, counts=False)[0]


@dataclass(frozen=True)
class Origin:
    """What a picture was in its file."""

    width: int
    """Pixels, as stored: before it is turned upright."""
    height: int
    mode: str
    """Pillow's name, such as “RGB”, “L” (gray), “I;16” (gray, 16 bits), “CMYK”, “P” (palette); or “5 channels”."""
    channels: int = 3
    """Numbers of a pixel."""
    pages: int = 1
    """Pages, or frames of an animation."""


def decode_with_origin(source: Path | bytes, at_least: int | None = None) -> tuple[Image.Image, Origin]:
    """As `decode`, with the stored size, mode, and number of pages."""
    return _decoded(source, at_least, WHOLE, counts=True)


def _decoded(source: Path | bytes, at_least: int | None, part: Part, *, counts: bool) -> tuple[Image.Image, Origin]:
    name = "The picture" if isinstance(source, bytes) else f"“{printable(source.name)}”"
    try:
        with _open(source) as file:
            return _read(file, at_least, part, counts=counts)
    except (_Refused, NoSuchChannel) as refusal:
        reason = str(refusal)
    except MemoryError:
        reason = "is too large for this computer's memory"
    except _DAMAGE as error:
        reason = _system_reason(error) or "is cut off or damaged"
    raise UnreadableImage(name, reason)


def printable(name: str) -> str:
    """A file's name as text that can be shown and saved: bytes that are no valid text become \\udcXX."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


class _Refused(Exception):
    """Carries the reason for not decoding a file."""


def _open(source: Path | bytes) -> IO[bytes]:
    if isinstance(source, bytes):
        size = len(source)
    else:
        status = source.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _Refused("is a folder, not a picture")
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            raise _Refused("is not a picture")
        size = status.st_size
    if size == 0:
        raise _Refused("is empty")
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _read(file: IO[bytes], at_least: int | None, part: Part, *, counts: bool) -> tuple[Image.Image, Origin]:
    try:
        opened = Image.open(file, formats=tuple(FORMATS))
    except UnidentifiedImageError:
        return _read_tiff(file, part)
    with opened as image:
        pages = _pages(image, file) if counts or part.page > 1 else range(1)
        if part.page > len(pages):
            raise _Refused(f"has no page {part.page}")
        channels = _n_channels(image)
        unknown = len(image.getbands()) < 3 <= channels  # Pillow would take one channel for the picture
        if image.format == _TIFF and (unknown or (part.channels and channels > 3)):
            return _read_tiff(file, part)
        if part.page > 1:
            image.seek(pages[part.page - 1])
        _require_size(image.size)
        origin = Origin(*image.size, image.mode, channels, len(pages))
        if at_least is not None:
            image.draft("RGB", (at_least, at_least))
        image.load()
        picture = _chosen(image, part.channels) if part.channels and channels > 3 else _rgb(image)
        return _upright(picture, image), origin


def _read_tiff(file: IO[bytes], part: Part) -> tuple[Image.Image, Origin]:
    """A page of a TIFF that Pillow does not know, or of which certain channels are asked for."""
    known = directories(file)
    if not known or n_channels(known[0][1]) < 3:
        raise _Refused(_unidentified(file))
    if part.page > len(known):
        raise _Refused(f"has no page {part.page}")
    directory = known[part.page - 1][1]
    _require_size(size_of(directory))
    values = read_channels(file, directory, part.channels or (1, 2, 3))
    n = n_channels(directory)
    return Image.fromarray(_eight_bits(values)), Origin(*size_of(directory), f"{n} channels", n, len(known))


def _require_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        limit = f"{MAX_PIXELS // 10**6} million pixels"
        raise _Refused(f"is too large: {width:,} × {height:,} pixels; the limit is {limit}")


def _pages(image: Image.Image, file: IO[bytes]) -> Sequence[int]:
    """The numbers that Pillow knows the pages by. Previews are none, nor what a phone adds to a JPEG."""
    if image.format == _TIFF:
        return [number for number, _ in directories(file)]
    return range(1 if image.format in ("JPEG", "MPO") else getattr(image, "n_frames", 1))


def _n_channels(image: Image.Image) -> int:
    samples = image.tag_v2.get(_SAMPLES, 1) if isinstance(image, TiffImagePlugin.TiffImageFile) else 1
    return max(int(samples), len(image.getbands()))


def _chosen(image: Image.Image, channels: Sequence[int]) -> Image.Image:
    """Three channels as they are, also where one stands for transparency."""
    bands = image.split()
    if max(channels) > len(bands):
        raise _Refused(f"has {len(bands)} channels, so there is no channel {max(channels)}")
    return Image.merge("RGB", [bands[channel - 1] for channel in channels])


def _unidentified(file: IO[bytes]) -> str:
    file.seek(0)
    start = file.read(16)
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC:
        return "is cut off or damaged" if "HEIF" in FORMATS else HEIC_NEEDS
    return "is cut off or damaged" if start.startswith(_SIGNATURES) else "is not a picture"


def _system_reason(error: Exception) -> str | None:
    """The reason where the system, not the file's content, is to blame."""
    match getattr(error, "errno", None):
        case None:
            return None
        case errno.ENOENT | errno.ENOTDIR:
            return "does not exist"
        case errno.EACCES | errno.EPERM:
            return "cannot be read: permission denied"
        case _:
            return f"cannot be read: {getattr(error, 'strerror', None) or error}"


def _rgb(image: ImageFile.ImageFile) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        picture = image.convert("RGBA")
        invisible = picture.getchannel("A").getextrema() == (0, 0)
        if invisible and "A" in image.getbands():  # programs that know no transparency write such files
            return picture.convert("RGB")
        white = Image.new("RGBA", picture.size, "white")
        white.alpha_composite(picture)
        return white.convert("RGB")
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        return ImageChops.invert(image).convert("RGB")  # Pillow takes every CMYK JPEG for one of Adobe's inverted ones
    return image.convert("RGB")


def _eight_bits(stored: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if stored.dtype == np.uint8:
        return stored
    with np.errstate(invalid="ignore"):  # what is no number becomes black
        values = np.nan_to_num(stored.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    black, white = float(values.min()), float(values.max())
    if black >= 0 and white < 2 ** _DEPTHS[-1]:
        black, white = 0.0, _white(white, fractions=stored.dtype.kind == "f")
    scaled = (values - black) * (255 / max(white - black, 1e-9))
    return np.rint(scaled).astype(np.uint8)


def _white(brightest: float, *, fractions: bool) -> float:
    if fractions and brightest <= 1:
        return 1.0
    return next(float(2**bits - 1) for bits in _DEPTHS if brightest < 2**bits)


def _upright(picture: Image.Image, source: Image.Image) -> Image.Image:
    orientation = None
    with suppress(*_DAMAGE):  # damaged EXIF is no reason to refuse the picture
        orientation = _UPRIGHT.get(source.getexif().get(_ORIENTATION, 1))
    return picture if orientation is None else picture.transpose(orientation)
