#!/usr/bin/env python3
"""The playlist checker finds every broken rule, and nothing in a correct playlist."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import playlist_checker as checker  # noqa: E402

HEADER = """#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:1
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6,HOLD-BACK=3,PART-HOLD-BACK=1.50000
#EXT-X-PART-INF:PART-TARGET=0.50000
"""


def segment(msn, parts=2, closed=True):
    lines = [f"#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:{20 + msn:02d}.000Z"]
    for i in range(parts):
        key = ",INDEPENDENT=YES" if i == 0 else ""
        lines.append(f'#EXT-X-PART:DURATION=0.50000,URI="part-s-{2 * msn + 1 + i}-a.m4s"{key}')
    if closed:
        lines += ["#EXTINF:1.00000,", f"seg-s-{msn}.m4s"]
    return "\n".join(lines) + "\n"


def playlist(first=0, last=4, open_parts=1):
    """Segments first to last, complete, and an open one with open_parts parts."""
    text = HEADER + f"#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
    text += '#EXT-X-MAP:URI="init-a.mp4"\n'
    text += "".join(segment(msn) for msn in range(first, last + 1))
    if open_parts:
        text += segment(last + 1, open_parts, closed=False)
    return text + f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-s-{2 * (last + 1) + 1 + open_parts}-a.m4s"\n'


def delta(first=0, last=8, skipped=2):
    full = playlist(first, last)
    start = full.index("#EXT-X-MAP")
    rest = full.index(segment(first + skipped))
    return full[:start] + f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n" + full[rest:]


class Good(unittest.TestCase):
    def test_a_correct_playlist_has_no_problem(self):
        self.assertEqual(checker.check_playlist(playlist()), [])
        self.assertEqual(checker.check_playlist(playlist(open_parts=0)), [])

    def test_a_correct_history_has_no_problem(self):
        history = checker.PlaylistHistory()
        for text in (playlist(0, 3), playlist(0, 4, 0), playlist(0, 4), playlist(1, 5)):
            self.assertEqual(history.add(text), [])

    def test_parts_may_leave_an_old_segment_as_a_whole(self):
        history = checker.PlaylistHistory()
        history.add(playlist(0, 8))
        self.assertEqual(history.add(playlist(0, 8).replace(segment(0), segment(0, 0))), [])

    def test_a_short_last_part_and_a_short_independent_part_are_allowed(self):
        text = playlist().replace(segment(2), segment(2).replace(
            '0.50000,URI="part-s-6', '0.10000,URI="part-s-6').replace("EXTINF:1.0", "EXTINF:0.6"))
        self.assertEqual([p for p in checker.check_playlist(text) if "DATE-TIME" not in p], [])


class OnePlaylist(unittest.TestCase):
    """Each row: what is broken, what the checker must say."""

    ROWS = [
        ("no first line", lambda t: t[8:], "#EXTM3U"),
        ("cut in the middle of a line", lambda t: t[:-5], "newline"),
        ("an unknown tag", lambda t: t + "#EXT-X-NONSENSE\n", "unknown tag"),
        ("a tag twice", lambda t: t + "#EXT-X-VERSION:9\n", "twice"),
        ("a number that is none", lambda t: t.replace("VERSION:9", "VERSION:nine"), "VERSION"),
        ("no target duration", lambda t: t.replace("#EXT-X-TARGETDURATION:1\n", ""), "TARGETDURATION is missing"),
        ("a segment that is too long", lambda t: t.replace("EXTINF:1.00000", "EXTINF:1.60000", 1), "longer than TARGETDURATION"),
        ("a segment of no length", lambda t: t.replace("EXTINF:1.00000", "EXTINF:0.00000", 1), "no duration"),
        ("a duration that is not that of the parts", lambda t: t.replace("EXTINF:1.00000", "EXTINF:0.90000", 1), "its parts last"),
        ("no part target", lambda t: t.replace("#EXT-X-PART-INF:PART-TARGET=0.50000\n", ""), "PART-INF is missing"),
        ("no server control", lambda t: "\n".join(l for l in t.split("\n") if "SERVER-CONTROL" not in l), "SERVER-CONTROL is missing"),
        ("no part hold back", lambda t: t.replace(",PART-HOLD-BACK=1.50000", ""), "PART-HOLD-BACK is missing"),
        ("a short part hold back", lambda t: t.replace("PART-HOLD-BACK=1.5", "PART-HOLD-BACK=1.4"), "PART-HOLD-BACK is less"),
        ("a short hold back", lambda t: t.replace(",HOLD-BACK=3", ",HOLD-BACK=2"), "HOLD-BACK is less"),
        ("a near skip boundary", lambda t: t.replace("CAN-SKIP-UNTIL=6", "CAN-SKIP-UNTIL=5"), "CAN-SKIP-UNTIL is less"),
        ("no preload hint", lambda t: t[:t.index("#EXT-X-PRELOAD")], "preload hint is missing"),
        ("a hint of another type", lambda t: t.replace("TYPE=PART", "TYPE=MAP"), "TYPE=PART"),
        ("a hint of a part that is there", lambda t: t.replace('TYPE=PART,URI="part-s-12', 'TYPE=PART,URI="part-s-11'), "hint names a part"),
        ("a part that is too long", lambda t: t.replace("PART:DURATION=0.50000", "PART:DURATION=0.50100", 1), "longer than PART-TARGET"),
        ("a short part", lambda t: t.replace('0.50000,URI="part-s-11-a.m4s",INDEPENDENT=YES',
                                             '0.50000,URI="part-s-11-a.m4s",INDEPENDENT=YES\n#EXT-X-PART:DURATION=0.10000,URI="x"\n'
                                             '#EXT-X-PART:DURATION=0.50000,URI="y"'), "shorter than 85 %"),
        ("a segment without key frame", lambda t: t.replace(",INDEPENDENT=YES", "", 1), "independent part"),
        ("no init segment", lambda t: t.replace('#EXT-X-MAP:URI="init-a.mp4"\n', ""), "no EXT-X-MAP"),
        ("no date", lambda t: t.replace("#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:22.000Z\n", ""), "no PROGRAM-DATE-TIME"),
        ("a date that jumps", lambda t: t.replace("22:13:22.000", "22:13:22.002"), "jumps"),
        ("a name twice", lambda t: t.replace("seg-s-1.m4s", "seg-s-0.m4s"), "stands twice"),
        ("a duration without a name", lambda t: t.replace("seg-s-4.m4s\n", ""), "EXTINF"),
        ("a name without duration", lambda t: t.replace("#EXTINF:1.00000,\nseg-s-4", "seg-s-4"), "has no EXTINF"),
        ("a number behind the first segment", lambda t: t.replace("#EXT-X-MEDIA-SEQUENCE:0\n", "") + "#EXT-X-MEDIA-SEQUENCE:0\n", "behind the first"),
        ("no parts near the end", lambda t: t.replace(segment(4), segment(4, 0)), "lists no parts"),
        ("an old version with an init segment", lambda t: t.replace("VERSION:9", "VERSION:5"), "VERSION 6"),
        ("an end with a hint", lambda t: t + "#EXT-X-ENDLIST\n", "ended playlist hints"),
        ("a skip of nothing", lambda t: t.replace('#EXT-X-MAP', "#EXT-X-SKIP:SKIPPED-SEGMENTS=0\n#EXT-X-MAP"), "SKIP of nothing"),
    ]

    def test_every_broken_rule_is_found(self):
        for what, spoil, said in self.ROWS:
            with self.subTest(what):
                text = spoil(playlist())
                self.assertNotEqual(text, playlist(), "the row breaks nothing")
                problems = checker.check_playlist(text)
                self.assertTrue(any(said in problem for problem in problems), problems)

    def test_a_skip_needs_version_9_and_a_boundary(self):
        problems = checker.check_playlist(delta().replace("VERSION:9", "VERSION:8").replace("CAN-SKIP-UNTIL=6,", ""))
        self.assertIn("EXT-X-SKIP needs VERSION 9", problems)
        self.assertIn("EXT-X-SKIP without CAN-SKIP-UNTIL", problems)


class OverTime(unittest.TestCase):
    """Each row: an older playlist, a newer one, what the checker must say."""

    ROWS = [
        ("another target duration", playlist(), playlist().replace("TARGETDURATION:1", "TARGETDURATION:2"), "target_duration changed"),
        ("another part target", playlist(), playlist().replace("PART-TARGET=0.50000", "PART-TARGET=0.50001"), "part_target changed"),
        ("another server control", playlist(), playlist().replace("HOLD-BACK=3,", "HOLD-BACK=4,"), "server_control changed"),
        ("a number that falls", playlist(1, 5), playlist(0, 5), "media_sequence fell"),
        ("a discontinuity number that falls", playlist().replace("DISCONTINUITY-SEQUENCE:0", "DISCONTINUITY-SEQUENCE:1"), playlist(),
         "discontinuity_sequence fell"),
        ("a discontinuity that left uncounted",
         playlist().replace(segment(0), "#EXT-X-DISCONTINUITY\n" + segment(0)), playlist(1, 5), "changed"),
        ("a name for another segment", playlist(0, 4), playlist(0, 5).replace("seg-s-5.m4s", "seg-s-0.m4s"), "was the name of"),
        ("a part name for another part", playlist(0, 4, 0), playlist(0, 4).replace("part-s-11-", "part-s-1-"), "was the name of"),
        ("another duration of a complete segment", playlist(), playlist().replace("EXTINF:1.00000", "EXTINF:0.99000", 1), "segment 0 changed"),
        ("another date of a complete segment", playlist(), playlist().replace("22:13:20.000", "22:13:20.001"), "segment 0 changed"),
        ("another init of a complete segment", playlist(), playlist().replace("init-a", "init-b"), "segment 0 changed"),
        ("another name of a complete segment", playlist(), playlist().replace("seg-s-0.m4s", "seg-s-x.m4s"), "segment 0 changed"),
        ("a part that went", playlist(0, 4, 2), playlist(0, 4, 1), "changed or went"),
        ("a part that changed", playlist(), playlist().replace("part-s-11-", "part-s-99-"), "changed or went"),
        ("a complete segment that opens again", playlist(0, 4, 0), playlist(0, 3), "is open again"),
        ("an end that goes back", playlist(0, 5), playlist(0, 4), "went back"),
        ("a window below three target durations", playlist(0, 4), playlist(4, 5), "less than three"),
        ("an end that nobody wanted", playlist(), playlist() + "#EXT-X-ENDLIST\n", "ENDLIST"),
        ("life after the end", playlist(0, 4, 0) + "#EXT-X-ENDLIST\n", playlist(0, 4), "goes on"),
    ]

    def test_every_broken_rule_is_found(self):
        for what, old, new, said in self.ROWS:
            with self.subTest(what):
                history = checker.PlaylistHistory()
                history.add(old, expect_ended=True)
                problems = history.add(new)
                self.assertTrue(any(said in problem for problem in problems), problems)

    def test_an_end_that_was_wanted_is_no_problem(self):
        ended = playlist(0, 4, 0)
        ended = ended[:ended.index("#EXT-X-PRELOAD")] + "#EXT-X-ENDLIST\n"
        self.assertEqual(checker.PlaylistHistory().add(ended, expect_ended=True), [])


class Delta(unittest.TestCase):
    def test_a_correct_delta_is_the_whole_playlist_when_merged(self):
        old, full = checker.parse(playlist(0, 7)), checker.parse(playlist(0, 8))
        self.assertEqual(checker.difference(full, checker.merge_delta(old, checker.parse(delta()))), [])

    def test_a_delta_with_another_segment_is_found(self):
        old, full = checker.parse(playlist(0, 7)), checker.parse(playlist(0, 8))
        wrong = checker.parse(delta().replace("22:13:25.000", "22:13:25.001"))
        self.assertNotEqual(checker.difference(full, checker.merge_delta(old, wrong)), [])

    def test_a_delta_that_skips_too_few_is_found(self):
        old, full = checker.parse(playlist(0, 7)), checker.parse(playlist(0, 8))
        wrong = checker.parse(delta().replace("SKIPPED-SEGMENTS=2", "SKIPPED-SEGMENTS=1"))
        self.assertNotEqual(checker.difference(full, checker.merge_delta(old, wrong)), [])

    def test_a_delta_that_skips_what_was_never_seen_is_an_error(self):
        with self.assertRaises(ValueError):
            checker.merge_delta(checker.parse(playlist(3, 7)), checker.parse(delta()))


if __name__ == "__main__":
    unittest.main()
