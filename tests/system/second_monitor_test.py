"""What is on air is the second monitor, moving, whole and in its colours."""
from streamer import BLUE, GREEN, RED, SystemTest, decode, packets


class SecondMonitor(SystemTest):
    def test_the_stream_shows_the_second_monitor_and_not_the_first(self):
        desktop = self.desktop()
        desktop.paint(1, GREEN, 2)
        streamer = self.streamer(desktop.display)
        streamer.wait_until_live()
        streamer.wait_for_segments(3)
        pictures = decode(streamer.record(segments=2))
        self.assertGreaterEqual(len(pictures), 30)
        for place in ((0.05, 0.05), (0.95, 0.05), (0.05, 0.95), (0.95, 0.95)):
            self.assertTrue(pictures[-1].shows(GREEN, *place), f"{place}: {pictures[-1].at(*place)}")
        self.assertFalse(pictures[-1].shows(RED))

    def test_what_changes_on_the_monitor_changes_on_air(self):
        desktop = self.desktop()
        desktop.paint(1, GREEN, 2)
        streamer = self.streamer(desktop.display)
        streamer.wait_until_live()
        desktop.paint(1, BLUE, 3)
        newest = streamer.playlist().segments[-1].msn
        while not any(segment.msn > newest + 1 and segment.uri for segment in streamer.playlist().segments):
            streamer.playlist_text(f"?_HLS_msn={newest + 2}")
        self.assertTrue(decode(streamer.record(segments=1))[-1].shows(BLUE))

    def test_a_moving_picture_moves_on_air_and_no_picture_is_missing(self):
        desktop = self.desktop()  # the moving card
        streamer = self.streamer(desktop.display)
        streamer.wait_until_live()
        streamer.wait_for_segments(5)
        recording = streamer.record(segments=3)
        times = [pts for pts, _, _ in packets(recording)]
        steps = {round((later - earlier) * 30, 2) for earlier, later in zip(times, times[1:])}
        self.assertEqual(steps, {1.0}, "a picture every 1/30 s")
        pictures = decode(recording)
        self.assertEqual(len(pictures), len(times))
        changes = sum(before.data != after.data for before, after in zip(pictures, pictures[1:]))
        self.assertGreater(changes, len(pictures) // 2)

    def test_the_only_monitor_is_streamed_when_there_is_no_second(self):
        desktop = self.desktop(monitors=1)
        streamer = self.streamer(desktop.display)
        streamer.wait_until_live()
        streamer.wait_for_segments(2)
        self.assertTrue(decode(streamer.record(segments=1))[-1].shows(RED))

    def test_a_monitor_of_other_proportions_keeps_them(self):
        desktop = self.desktop(width=480, height=360)
        desktop.paint(1, GREEN, 2)
        streamer = self.streamer(desktop.display)  # canvas 640x360
        streamer.wait_until_live()
        streamer.wait_for_segments(2)
        picture = decode(streamer.record(segments=1))[-1]
        self.assertTrue(picture.shows((0, 0, 0), 0.03, 0.5), picture.at(0.03, 0.5))
        self.assertTrue(picture.shows(GREEN, 0.2, 0.1), picture.at(0.2, 0.1))
        self.assertTrue(picture.shows((0, 0, 0), 0.97, 0.5), picture.at(0.97, 0.5))
