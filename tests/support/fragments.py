"""When the media of a recording begins and ends, as its boxes say it (ISO/IEC 14496-12: mdhd, tfhd, tfdt, trun); a demuxer
would guess durations from the codec. Only what this service writes is understood: one track, one run in a fragment."""
import struct

CONTAINERS = ("moov", "trak", "mdia", "moof", "traf")
TFHD_OPTIONAL = ((0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4), (0x20, 4))  # flag, bytes; 0x8 is the default duration
TRUN_SAMPLE = ((0x100, 4), (0x200, 4), (0x400, 4), (0x800, 4))  # 0x100 is the duration


def boxes(media, start=0, end=None):
    """(name, first byte, end) of every box, also inside containers, in order."""
    end = len(media) if end is None else end
    while start + 8 <= end:
        size, name = struct.unpack(">I4s", media[start:start + 8])
        if size < 8 or start + size > end:
            raise AssertionError(f"a box of {size} bytes at {start} of {end}")
        name = name.decode("latin-1")
        yield name, start + 8, start + size
        if name in CONTAINERS:
            yield from boxes(media, start + 8, start + size)
        start += size


def fragment_times(media):
    """[(start, duration)] of every fragment, in seconds."""
    scale, found, default, start = None, [], 0, 0
    for name, at, _ in boxes(media):
        if name == "mdhd":
            scale = struct.unpack(">I", media[at + 20:at + 24] if media[at] else media[at + 12:at + 16])[0]
        elif name == "tfhd":
            default = _default_duration(media, at)
        elif name == "tfdt":
            start = struct.unpack(">Q", media[at + 4:at + 12])[0] if media[at] else struct.unpack(">I", media[at + 4:at + 8])[0]
        elif name == "trun":
            found.append((start / scale, _run_duration(media, at, default) / scale))
    return found


def _flags(media, at):
    return struct.unpack(">I", b"\0" + media[at + 1:at + 4])[0]


def _default_duration(media, at):
    flags, at_field = _flags(media, at), at + 8
    for flag, size in TFHD_OPTIONAL:
        if flag == 0x8 and flags & flag:
            return struct.unpack(">I", media[at_field:at_field + 4])[0]
        at_field += size if flags & flag else 0
    return 0


def _run_duration(media, at, default):
    flags, count = _flags(media, at), struct.unpack(">I", media[at + 4:at + 8])[0]
    if not flags & 0x100:
        return count * default
    first = at + 8 + (4 if flags & 0x1 else 0) + (4 if flags & 0x4 else 0)
    step = sum(size for flag, size in TRUN_SAMPLE if flags & flag)
    return sum(struct.unpack(">I", media[first + step * n:first + step * n + 4])[0] for n in range(count))
