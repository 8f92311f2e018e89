"""Quality at equal bitrate (goal 3). One film without loss, yuv420p, made by ffmpeg's own sources and the same each time: a fine texture
that pans below moving shapes, so that 5 Mbit/s is little for it: where it is plenty, not the rate but the smallest quantizer of ours
decides. Our service plays the file as its input, ffmpeg encodes the same file in real time, both with the settings of the other scenes.
Each picture of either stream is compared with the picture of the film that it shows (SSIM of libavfilter, all planes); judged are the
pictures that both show. The conversion from a screen's colours is not part of it."""
import re
import subprocess
import time

import peers
import verdict

SECONDS, FPS = 8, 30  # of the film
JUDGED = 90  # pictures at least, of those that both show
DROPPED_MAX = 10  # pictures
TERMS_MAX = 50  # beside each other in an expression of libavfilter: it allows 100 levels
SETTLE = 60  # pictures of the film that are not judged: the rate control of who began with them
WITHIN = 0.002
SMALL = (64, 36)


def make_film(path):
    """Not compressed: whoever plays it has the processor for the encoder. In the colours of our stream, and it says so: we would convert
    any others, ffmpeg would not."""
    texture = (f"testsrc2=size=2560x1440:rate={FPS},noise=alls=4:all_seed=7,crop={peers.WIDTH}:{peers.HEIGHT}:'abs(mod(n*4,1280)-640)':'abs(mod(n*2,720)-360)',format=yuv420p")
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", texture, "-t", str(SECONDS), "-c:v", "rawvideo",
                    "-colorspace", "smpte170m", "-color_range", "tv", "-color_primaries", "bt709", "-color_trc", "bt709", str(path)], check=True, timeout=300)


def small(path):
    """The pictures as a few grey bytes."""
    run = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-vf", f"scale={SMALL[0]}:{SMALL[1]}:flags=area", "-fps_mode", "passthrough",
                          "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"], capture_output=True, check=True, timeout=180)
    size = SMALL[0] * SMALL[1]
    return [run.stdout[at:at + size] for at in range(0, len(run.stdout) - size + 1, size)]


def difference(one, other):
    return sum(abs(a - b) for a, b in zip(one[::3], other[::3]))


def shown_numbers(shown, source):
    """{number in the film: number of the first picture that shows it} of the longest time through the film, which may be left
    out in places, repeat and begin anew."""
    passes, at = [{}], None
    for index, picture in enumerate(shown):
        near = range(len(source)) if at is None else range(max(0, at - 1), min(len(source), at + 8))
        found = min(near, key=lambda n: difference(picture, source[n]))
        if at is not None and found in (near[0], near[-1]):  # it may be anywhere: the begin of the file after its end
            found = min(range(len(source)), key=lambda n: difference(picture, source[n]))
        if at is not None and found < at - 1:
            passes.append({})
        at = found
        passes[-1].setdefault(found, index)
    return max(passes, key=len)


def select(numbers):
    terms = [f"eq(n,{number})" for number in numbers]
    groups = ["+".join(terms[at:at + TERMS_MAX]) for at in range(0, len(terms), TERMS_MAX)]
    return "select='" + "+".join(f"({group})" for group in groups) + f"',settb=1/{FPS},setpts=N,format=yuv420p"


def ssim(path, shown, film, numbers):
    """Of the pictures of the file that show `numbers` of the film beside these."""
    graph = f"[0:v]{select([shown[number] for number in numbers])}[a];[1:v]{select(numbers)}[b];[a][b]ssim"
    run = subprocess.run(["ffmpeg", "-nostdin", "-v", "info", "-i", str(path), "-i", str(film), "-lavfi", graph, "-fps_mode", "passthrough", "-f", "null", "-"],
                         capture_output=True, text=True, check=True, timeout=300)
    return float(re.search(r"All:([\d.]+)", run.stderr).group(1))


def by_ours(folder, film):
    """A file with what our service published. Whoever has to leave pictures out lowers its preset as well: that is not what is judged."""
    runner = peers.Ours(folder, inputs=[{"type": "file", "path": str(film)}])
    try:
        runner.start()
        _, before = runner.pictures()
        time.sleep(SECONDS * 2.2)  # once through it as a whole, from whatever picture on
        dropped = runner.pictures()[1] - before
        if dropped > DROPPED_MAX:
            raise AssertionError(f"quality: ours left {dropped} pictures out, the machine is too busy")
        path = folder / "ours.mp4"
        path.write_bytes(runner.streamer.record())
        return path
    finally:
        runner.stop()


def by_ffmpeg(folder, film):
    folder.mkdir(parents=True)
    path = folder / "ffmpeg.mp4"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-re", "-i", str(film), *peers.ENCODER, str(path)], check=True, timeout=SECONDS * 5)
    return path


def judge(name, path, shown, film, numbers):
    """(SSIM, kbit/s) of the pictures that show `numbers` of the film; the bits are those of the whole time between them."""
    first, last = shown[numbers[0]], shown[numbers[-1]]
    sizes = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=size", "-of", "csv=p=0", str(path)],
                           capture_output=True, text=True, check=True, timeout=60).stdout.split()
    between = [int(size.strip(",")) for size in sizes[first:last + 1]]
    rate = sum(between) * 8 * FPS / len(between) / 1000
    value = ssim(path, shown, film, numbers)
    print(f"  quality {name}: SSIM {value:.5f}, {rate:.0f} kbit/s, {len(numbers)} pictures of {len(between)} from number {numbers[0]} of the film on", flush=True)
    return value, rate


def quality(folder, _options):
    place = folder / "quality"
    place.mkdir()
    film = place / "film.mkv"  # keeps what is said of the colours
    make_film(film)
    paths = {"ours": by_ours(place / "ours", film), "ffmpeg": by_ffmpeg(place / "ffmpeg", film)}
    source = small(film)
    shown = {name: shown_numbers(small(path), source) for name, path in paths.items()}
    both = sorted(number for number in shown["ours"] if number in shown["ffmpeg"] and number >= SETTLE)
    if len(both) < JUDGED:
        raise AssertionError(f"quality: both show {len(both)} pictures of the film, {JUDGED} are needed; ours {len(shown['ours'])}, ffmpeg {len(shown['ffmpeg'])}: the machine is too busy")
    seen = {name: judge(name, path, shown[name], film, both) for name, path in paths.items()}
    (ours, our_rate), (theirs, their_rate) = seen["ours"], seen["ffmpeg"]
    return verdict.say("quality", f"SSIM ours {ours:.5f}, ffmpeg {theirs:.5f}, difference {ours - theirs:+.5f}; bitrate ours {our_rate:.0f} kbit/s, ffmpeg {their_rate:.0f} kbit/s, "
                       f"ratio {our_rate / their_rate:.2f}", f"not more than {WITHIN} below", ours >= theirs - WITHIN)


scenes = {"quality": quality}
