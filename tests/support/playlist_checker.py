#!/usr/bin/env python3
"""Checks HLS and Low-Latency HLS media playlists against the MUSTs of RFC 8216bis, one by one and over time.

As a library: check_playlist(text) -> problems; PlaylistHistory().add(text) -> problems; merge_delta(full, delta).
As a command: playlist_checker.py URL --seconds N [--delta] [--blocking], or playlist_checker.py FILE...
Prints one problem a line and exits 1 when there was any. Standard library only.
"""
import argparse
import datetime
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

PART_SHARE_MIN = 0.85  # RFC 8216bis 4.4.4.9
ROUNDING = 0.00002  # durations are written with five decimals
PDT_TOLERANCE = 0.0011  # dates are written in milliseconds
TARGETS_WITH_PARTS = 3


@dataclass
class Part:
    uri: str
    duration: float
    independent: bool


@dataclass
class Segment:
    msn: int
    parts: list = field(default_factory=list)
    uri: str = ""  # empty: the segment at the end, not complete yet
    duration: float = 0.0
    date: float = None  # seconds since 1970
    map_uri: str = ""
    discontinuity: bool = False
    discontinuity_number: int = 0

    def length(self):
        return self.duration if self.uri else sum(part.duration for part in self.parts)


@dataclass
class Playlist:
    version: int = 0
    target_duration: int = None
    independent_segments: bool = False
    server_control: dict = None
    part_target: float = None
    media_sequence: int = 0
    discontinuity_sequence: int = 0
    skipped: int = 0
    segments: list = field(default_factory=list)
    hint: str = ""
    ended: bool = False
    problems: list = field(default_factory=list)

    def closed(self):
        return [segment for segment in self.segments if segment.uri]

    def position(self):
        """(msn, parts) of the end: two playlists with the same position show the same moment."""
        last = self.segments[-1] if self.segments else None
        return (last.msn, len(last.parts) if not last.uri else -1) if last else (-1, -1)


def parse_attributes(text):
    found = re.findall(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)(?:,|$)', text)
    return {name: value.strip('"') for name, value in found}


def parse_date(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Parser:
    """One pass over the lines; every tag has a method tag_NAME."""

    def __init__(self, text):
        self.playlist = Playlist()
        self.segment = Segment(0)
        self.duration = None
        self.map_uri = ""
        self.seen = set()
        self.first_segment_tag = False
        self.read(text)

    def problem(self, text):
        self.playlist.problems.append(text)

    def read(self, text):
        lines = text.split("\n")
        if lines[0].strip() != "#EXTM3U":
            self.problem("the first line is not #EXTM3U")
        if not text.endswith("\n"):
            self.problem("the last line has no newline: the playlist may be cut")
        for line in lines[1:]:
            line = line.strip("\r")
            if not line or (line.startswith("#") and not line.startswith("#EXT")):
                continue
            if line.startswith("#"):
                self.tag(line)
            else:
                self.uri(line)
        if self.duration is not None:
            self.problem("an EXTINF without a URI after it")
        if self.segment.parts or self.segment.date is not None:
            self.close_segment()
        number(self.playlist)

    def tag(self, line):
        name, _, value = line.partition(":")
        method = getattr(self, "tag_" + name[1:].replace("-", "_").lower(), None)
        if method is None:
            self.problem(f"unknown tag {name}")
            return
        once = ("VERSION", "TARGETDURATION", "MEDIA-SEQUENCE", "DISCONTINUITY-SEQUENCE", "PART-INF", "SERVER-CONTROL",
                "INDEPENDENT-SEGMENTS", "SKIP", "ENDLIST")
        short = name.removeprefix("#EXT-X-")
        if short in once and short in self.seen:
            self.problem(f"{name} stands twice")
        self.seen.add(short)
        try:
            method(value)
        except (ValueError, KeyError) as error:
            self.problem(f"{name}: {error!r} in {value!r}")

    def tag_ext_x_version(self, value):
        self.playlist.version = int(value)

    def tag_ext_x_targetduration(self, value):
        self.playlist.target_duration = int(value)

    def tag_ext_x_independent_segments(self, _):
        self.playlist.independent_segments = True

    def tag_ext_x_server_control(self, value):
        self.playlist.server_control = parse_attributes(value)

    def tag_ext_x_part_inf(self, value):
        self.playlist.part_target = float(parse_attributes(value)["PART-TARGET"])

    def tag_ext_x_media_sequence(self, value):
        if self.first_segment_tag:
            self.problem("MEDIA-SEQUENCE stands behind the first segment")
        self.playlist.media_sequence = int(value)

    def tag_ext_x_discontinuity_sequence(self, value):
        if self.first_segment_tag:
            self.problem("DISCONTINUITY-SEQUENCE stands behind the first segment")
        self.playlist.discontinuity_sequence = int(value)

    def tag_ext_x_skip(self, value):
        self.playlist.skipped = int(parse_attributes(value)["SKIPPED-SEGMENTS"])
        if self.playlist.skipped < 1:
            self.problem("EXT-X-SKIP of nothing")

    def tag_ext_x_map(self, value):
        self.first_segment_tag = True
        self.map_uri = parse_attributes(value)["URI"]

    def tag_ext_x_discontinuity(self, _):
        self.first_segment_tag = True
        self.segment.discontinuity = True

    def tag_ext_x_program_date_time(self, value):
        self.first_segment_tag = True
        self.segment.date = parse_date(value)

    def tag_ext_x_part(self, value):
        self.first_segment_tag = True
        attributes = parse_attributes(value)
        part = Part(attributes["URI"], float(attributes["DURATION"]), attributes.get("INDEPENDENT") == "YES")
        self.segment.parts.append(part)

    def tag_extinf(self, value):
        self.first_segment_tag = True
        self.duration = float(value.split(",")[0])

    def tag_ext_x_preload_hint(self, value):
        attributes = parse_attributes(value)
        if attributes["TYPE"] != "PART":
            self.problem("the preload hint is not of TYPE=PART")
        self.playlist.hint = attributes["URI"]

    def tag_ext_x_endlist(self, _):
        self.playlist.ended = True

    def uri(self, line):
        if self.duration is None:
            self.problem(f"{line} has no EXTINF")
        self.segment.uri = line
        self.segment.duration = self.duration or 0.0
        self.duration = None
        self.close_segment()

    def close_segment(self):
        self.segment.map_uri = self.map_uri
        self.playlist.segments.append(self.segment)
        self.segment = Segment(0)


def number(playlist):
    """Media and discontinuity sequence numbers of every segment; those of a delta update are known after a merge."""
    discontinuities = playlist.discontinuity_sequence
    for index, segment in enumerate(playlist.segments):
        segment.msn = playlist.media_sequence + playlist.skipped + index
        discontinuities += segment.discontinuity
        segment.discontinuity_number = discontinuities


def parse(text):
    return Parser(text).playlist


# --- rules of one playlist


def check_header(playlist):
    problems = []
    if playlist.target_duration is None:
        problems.append("TARGETDURATION is missing")
    if any(segment.map_uri for segment in playlist.segments) and playlist.version < 6:
        problems.append("EXT-X-MAP needs VERSION 6")
    if playlist.skipped and playlist.version < 9:
        problems.append("EXT-X-SKIP needs VERSION 9")
    if any(segment.parts for segment in playlist.segments) and playlist.part_target is None:
        problems.append("PART-INF is missing")
    return problems


def check_server_control(playlist):
    control, target = playlist.server_control, playlist.target_duration or 0
    if playlist.part_target is None:
        return []
    if control is None:
        return ["SERVER-CONTROL is missing"]
    problems = []
    if "PART-HOLD-BACK" not in control:
        problems.append("PART-HOLD-BACK is missing")
    elif float(control["PART-HOLD-BACK"]) < 3 * playlist.part_target - ROUNDING:
        problems.append("PART-HOLD-BACK is less than three part targets")
    if "HOLD-BACK" in control and float(control["HOLD-BACK"]) < 3 * target:
        problems.append("HOLD-BACK is less than three target durations")
    if "CAN-SKIP-UNTIL" in control and float(control["CAN-SKIP-UNTIL"]) < 6 * target:
        problems.append("CAN-SKIP-UNTIL is less than six target durations")
    if playlist.skipped and "CAN-SKIP-UNTIL" not in control:
        problems.append("EXT-X-SKIP without CAN-SKIP-UNTIL")
    if control.get("CAN-BLOCK-RELOAD") == "YES" and not playlist.ended and not playlist.hint:
        problems.append("the preload hint is missing")
    return problems


def check_segments(playlist):
    problems = []
    for segment in playlist.closed():
        if playlist.target_duration is not None and round(segment.duration) > playlist.target_duration:
            problems.append(f"{segment.uri} is longer than TARGETDURATION")
        if segment.duration <= 0:
            problems.append(f"{segment.uri} has no duration")
        total = sum(part.duration for part in segment.parts)
        if segment.parts and abs(total - segment.duration) > ROUNDING * (len(segment.parts) + 1):
            problems.append(f"{segment.uri}: its parts last {total:.5f} s, EXTINF says {segment.duration:.5f}")
    for segment in playlist.segments:
        if segment.date is None:
            problems.append(f"segment {segment.msn} has no PROGRAM-DATE-TIME")
        if not segment.map_uri and not playlist.skipped:
            problems.append(f"segment {segment.msn} has no EXT-X-MAP")
        problems += check_parts(playlist, segment)
    return problems + check_dates(playlist)


def check_parts(playlist, segment):
    problems = []
    target = playlist.part_target or 0
    if segment.parts and playlist.independent_segments and not segment.parts[0].independent:
        problems.append(f"segment {segment.msn} does not open with an independent part")
    for index, part in enumerate(segment.parts):
        is_last = index + 1 == len(segment.parts)
        if part.duration > target + ROUNDING / 2:
            problems.append(f"{part.uri} is longer than PART-TARGET")
        if part.duration < PART_SHARE_MIN * target - ROUNDING and not is_last and not part.independent:
            problems.append(f"{part.uri} is shorter than 85 % of PART-TARGET")
    return problems


def check_dates(playlist):
    problems = []
    for before, after in zip(playlist.segments, playlist.segments[1:]):
        if before.date is None or after.date is None or after.discontinuity:
            continue
        gap = after.date - before.date - before.length()
        if abs(gap) > PDT_TOLERANCE:
            problems.append(f"PROGRAM-DATE-TIME jumps by {gap:.4f} s before segment {after.msn}")
    return problems


def check_names(playlist):
    problems, seen = [], set()
    for segment in playlist.segments:
        for uri in [part.uri for part in segment.parts] + ([segment.uri] if segment.uri else []):
            if uri in seen:
                problems.append(f"{uri} stands twice")
            seen.add(uri)
    if playlist.hint in seen:
        problems.append("the preload hint names a part that is there")
    if playlist.ended and (playlist.hint or any(not segment.uri for segment in playlist.segments)):
        problems.append("an ended playlist hints at parts or has an open segment")
    return problems


def check_recent_parts(playlist):
    if playlist.part_target is None or playlist.ended:
        return []
    behind, problems = 0.0, []
    for segment in reversed(playlist.segments):
        if not segment.parts and behind + segment.length() <= TARGETS_WITH_PARTS * (playlist.target_duration or 0):
            problems.append(f"segment {segment.msn} is near the end and lists no parts")
        behind += segment.length()
    return problems


def check_parsed(playlist):
    return (list(playlist.problems) + check_header(playlist) + check_server_control(playlist) +
            check_segments(playlist) + check_names(playlist) + check_recent_parts(playlist))


def check_playlist(text):
    return check_parsed(parse(text))


# --- delta updates


def merge_delta(full, delta):
    """The playlist that a client has after applying a delta update to an older full one; raises ValueError."""
    if not delta.skipped:
        return delta
    known = {segment.msn: segment for segment in full.closed()}
    wanted = range(delta.media_sequence, delta.media_sequence + delta.skipped)
    if any(msn not in known for msn in wanted):
        raise ValueError("the delta update skips segments that the older playlist did not have")
    merged = Playlist(**{**delta.__dict__, "skipped": 0, "problems": list(delta.problems)})
    # What is skipped keeps the older parts; they may have left the full playlist since.
    merged.segments = [Segment(**known[msn].__dict__) for msn in wanted] + delta.segments
    for before, after in zip(merged.segments, merged.segments[1:]):
        after.map_uri = after.map_uri or before.map_uri
    number(merged)
    return merged


def difference(full, merged):
    """What tells two playlists of the same moment apart; parts of skipped segments do not count."""
    problems = []
    for name in ("target_duration", "part_target", "media_sequence", "discontinuity_sequence", "hint", "ended"):
        if getattr(full, name) != getattr(merged, name):
            problems.append(f"delta update: {name} is {getattr(merged, name)}, in the whole playlist {getattr(full, name)}")
    if len(full.segments) != len(merged.segments):
        problems.append(f"delta update: {len(merged.segments)} segments, in the whole playlist {len(full.segments)}")
    for a, b in zip(full.segments, merged.segments):
        same = (a.uri, a.duration, a.date, a.map_uri, a.discontinuity) == (b.uri, b.duration, b.date, b.map_uri, b.discontinuity)
        if not same or (a.parts and a.parts != b.parts):
            problems.append(f"delta update: segment {a.msn} differs from the whole playlist")
    return problems


# --- rules over time


class PlaylistHistory:
    """Every playlist of one URL, in the order they were received."""

    def __init__(self):
        self.last = None
        self.closed = {}  # msn -> what must not change
        self.parts = {}  # msn -> parts
        self.owners = {}  # uri -> msn, part number

    def add(self, text, expect_ended=False):
        return self.add_parsed(parse(text), expect_ended)

    def add_parsed(self, playlist, expect_ended=False):
        problems = check_parsed(playlist)
        if playlist.ended and not expect_ended:
            problems.append("ENDLIST: the stream says that it is over")
        if self.last is not None:
            problems += self.compare(self.last, playlist)
        for segment in playlist.segments:
            problems += self.remember(segment)
        self.last = playlist
        return problems

    def compare(self, old, new):
        problems = []
        for name in ("version", "target_duration", "part_target", "server_control", "independent_segments"):
            if getattr(old, name) != getattr(new, name):
                problems.append(f"{name} changed from {getattr(old, name)} to {getattr(new, name)}")
        for name in ("media_sequence", "discontinuity_sequence"):
            if getattr(new, name) < getattr(old, name):
                problems.append(f"{name} fell from {getattr(old, name)} to {getattr(new, name)}")
        if old.ended and not new.ended and new.segments and new.segments[0].msn <= old.segments[-1].msn:
            problems.append("a playlist that ended goes on")
        if not old.ended and new.position()[0] < old.position()[0]:
            problems.append("the end of the playlist went back")
        length = sum(segment.length() for segment in new.segments)
        if new.media_sequence > old.media_sequence and not old.ended and length < 3 * (new.target_duration or 0) - 0.001:
            problems.append(f"segments were removed and only {length:.2f} s are left, less than three target durations")
        return problems

    def remember(self, segment):
        problems = []
        known = self.parts.get(segment.msn, [])
        if segment.parts:
            if segment.parts[:len(known)] != known:
                problems.append(f"segment {segment.msn}: parts that were published changed or went")
            self.parts[segment.msn] = list(segment.parts)
        for index, part in enumerate(segment.parts):
            problems += self.own(part.uri, (segment.msn, index))
        if not segment.uri:
            if segment.msn in self.closed:
                problems.append(f"segment {segment.msn} was complete and is open again")
            return problems
        problems += self.own(segment.uri, (segment.msn, -1))
        facts = (segment.uri, segment.duration, segment.date, segment.map_uri, segment.discontinuity_number)
        if self.closed.setdefault(segment.msn, facts) != facts:
            problems.append(f"segment {segment.msn} changed: {self.closed[segment.msn]} became {facts}")
        return problems

    def own(self, uri, owner):
        if self.owners.setdefault(uri, owner) != owner:
            return [f"{uri} was the name of {self.owners[uri]} and is now that of {owner}"]
        return []


# --- command


def fetch(url, query=None):
    if query:
        url += ("&" if "?" in url else "?") + urllib.parse.urlencode(query)
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode("utf-8")


def check_delta(url, history):
    """A delta update, applied to the last playlist, must be the whole playlist of the same moment."""
    before = history.last
    for _ in range(10):
        delta, full = parse(fetch(url, {"_HLS_skip": "YES"})), parse(fetch(url))
        if delta.position() == full.position():
            try:
                return difference(full, merge_delta(before, delta))
            except ValueError as error:
                return [str(error)]
    return ["no delta update and playlist of the same moment in ten tries"]


def next_position(playlist):
    """Of the first part that is not there; a complete last segment is followed by part 0 of the next."""
    msn, parts = playlist.position()
    return (msn + 1, 0) if parts < 0 else (msn, parts)


def poll(url, seconds, delta, blocking):
    history, end = PlaylistHistory(), time.monotonic() + seconds
    while time.monotonic() < end:
        wanted = next_position(history.last) if blocking and history.last else None
        query = {"_HLS_msn": wanted[0], "_HLS_part": wanted[1]} if wanted else None
        yield from history.add(fetch(url, query))
        if wanted and next_position(history.last) <= wanted and not history.last.ended:
            yield f"a blocked request for segment {wanted[0]} part {wanted[1]} was answered without it"
        if delta:
            yield from check_delta(url, history)
        if not blocking:
            time.sleep(max(0.05, (history.last.part_target or 1) / 2))


def check_files(paths):
    history = PlaylistHistory()
    folders = [path for path in paths if os.path.isdir(path)]
    files = sorted(os.path.join(folder, name) for folder in folders for name in os.listdir(folder))
    for path in [path for path in paths if path not in folders] + files:
        with open(path, encoding="utf-8") as file:
            for problem in history.add(file.read()):
                yield f"{path}: {problem}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("source", nargs="+", help="URL of a media playlist, files in the order of time, or a folder of them")
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--delta", action="store_true", help="compare delta updates with the whole playlist")
    arguments.add_argument("--blocking", action="store_true", help="ask for the next part, as a player does")
    given = arguments.parse_args()
    is_url = given.source[0].startswith(("http://", "https://"))
    problems = poll(given.source[0], given.seconds, given.delta, given.blocking) if is_url else check_files(given.source)
    count = 0
    try:
        for problem in problems:
            count += 1
            print(problem, flush=True)
    except (urllib.error.URLError, OSError) as error:
        count += 1
        print(f"{given.source[0]}: {error}")
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
