"""A foreign picture made ours: decoded within limits, scaled, stripped, named by its content."""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from digests.outside.failures import PictureError

MOST_BYTES = 10_000_000
MOST_PIXELS = 40_000_000  # a 40-megapixel camera; decoded it takes 160 MB
WIDTHS = (600, 1200)  # a mail's width, and the same for dense screens
# Every picture gets this shape, so that columns of stories line up. 3:2 is what most press pictures
# have, so little is cut; a panorama or a portrait is cut in the middle.
SHAPE = (3, 2)
SMALLEST_SIDE = 60  # a beacon or an icon
# A logo keeps its shape and its sharp edges; twice what the largest masthead shows (rendering/presenting.py).
LOGO_SIZE = (640, 144)
SMALLEST_LOGO = 16
MOST_LOGO_BYTES = 120_000  # one with more is no drawing; it is kept in 256 colours
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
QUALITY = 82  # above this files grow faster than anybody can see
NAME_LENGTH = 20  # hex digits: 80 bits, no two pictures of a publisher meet by chance
WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Rendition:
    """A progressive JPEG, or a logo's PNG. The name is made from the bytes, so it can be cached for ever."""

    name: str
    body: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """Up to 600 and up to 1200 px wide; never larger than the original, so both may be alike."""

    small: Rendition
    large: Rendition


def prepare_picture(body: bytes, *, crop: bool = True) -> Prepared:
    """Make both sizes of a picture: the right way up, on white, without metadata.

    `crop` cuts it to 3:2 around its middle; else it keeps its shape. Raises PictureError.
    """
    if len(body) > MOST_BYTES:
        raise PictureError(f"The picture is larger than {MOST_BYTES / 1e6:g} MB.")
    picture = _decoded(body)
    if crop:
        picture = _cropped(picture)
    if min(picture.size) < SMALLEST_SIDE:
        raise PictureError("The picture is too small to be shown.")
    small, large = (_rendition(picture, width) for width in WIDTHS)
    return Prepared(small, large)


def prepare_logo(body: bytes) -> Rendition:
    """A PNG on white, as large as the largest masthead needs it, without metadata. Raises PictureError."""
    if len(body) > MOST_BYTES:
        raise PictureError(f"The picture is larger than {MOST_BYTES / 1e6:g} MB.")
    picture = _decoded(body)
    if min(picture.size) < SMALLEST_LOGO:
        raise PictureError(f"It is less than {SMALLEST_LOGO} pixels high or wide.")
    picture.info.clear()
    picture.thumbnail(LOGO_SIZE, Image.Resampling.LANCZOS)
    drawn = _as_png(picture)
    if len(drawn) > MOST_LOGO_BYTES:
        drawn = _as_png(picture.quantize(256))
    return Rendition(f"{sha256(drawn).hexdigest()[:NAME_LENGTH]}.png", drawn, *picture.size)


def _as_png(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


def _decoded(body: bytes) -> Image.Image:
    """The first frame in RGB, the right way up."""
    try:
        with Image.open(BytesIO(body), formats=FORMATS) as picture:
            _check_pixels(picture)
            # A JPEG decoder can scale down on the way: less memory for a photographer's original.
            picture.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
            picture.load()
            return _in_rgb(ImageOps.exif_transpose(picture))
    except PictureError:
        raise
    # Pillow's own limits are wider than ours; where warnings are errors they come first.
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise PictureError(_too_many_pixels()) from error
    except Exception as error:  # its decoders raise whatever the bytes make them raise
        raise PictureError(_reason(body)) from error


def _check_pixels(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise PictureError(_too_many_pixels())


def _in_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        picture = _in_8_bits(picture)
    if picture.has_transparency_data:
        return _on_white(picture.convert("RGBA"))
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture.convert("RGB")
    # The profile is dropped with all metadata, so its colours are converted first.
    try:
        given = ImageCms.ImageCmsProfile(BytesIO(profile))
        in_srgb = ImageCms.profileToProfile(
            picture, given, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture.convert("RGB")
    return in_srgb or picture.convert("RGB")


def _in_8_bits(picture: Image.Image) -> Image.Image:
    """Convert a 16-bit grey picture to 8 bits. Pillow's own conversion makes all but the darkest of it white."""
    clear = picture.info.get("transparency")
    grey = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if isinstance(clear, int):
        grey.info["transparency"] = clear // 256
    return grey


def _on_white(layer: Image.Image) -> Image.Image:
    """Transparency becomes white: a logo drawn in black stays readable in a dark mail."""
    ground = Image.new("RGB", layer.size, WHITE)
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground


def _cropped(picture: Image.Image) -> Image.Image:
    across, down = SHAPE
    width = min(picture.width, picture.height * across // down)
    height = min(picture.height, picture.width * down // across)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _rendition(picture: Image.Image, width: int) -> Rendition:
    if picture.width > width:
        height = max(1, round(picture.height * width / picture.width))
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    written = BytesIO()
    picture.info.clear()  # colour profiles and comments would be written again
    picture.save(written, "JPEG", quality=QUALITY, progressive=True, optimize=True)
    body = written.getvalue()
    name = f"{sha256(body).hexdigest()[:NAME_LENGTH]}-{width}.jpg"
    return Rendition(name, body, *picture.size)


def _too_many_pixels() -> str:
    return f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels."


def _reason(body: bytes) -> str:
    head = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in head:
        return (
            "The picture is an SVG drawing, which mail programs do not show. JPEG or PNG is needed."
        )
    if head.startswith((b"<!doctype html", b"<html")):
        return "This is a web page, not a picture."
    return "This is not a JPEG, PNG, WebP, AVIF or GIF picture, or it is damaged."
