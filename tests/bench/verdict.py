"""What a scene came to, said in one way."""
import statistics

missed = []


def say(scene, text, goal, good):
    """One line; what was missed is told again at the end."""
    print(f"{scene}: {text}; goal {goal}: {'reached' if good else 'MISSED'}", flush=True)
    if not good:
        missed.append(scene)
    return good


def ratio(scene, ours, theirs, unit, goal, peer="ffmpeg", also=""):
    """Medians of ours and of the peer, and their ratio, which `goal` is for."""
    a, b = statistics.median(ours), statistics.median(theirs)
    share = a / b if b else float("inf")
    return say(scene, f"ours {a:.3f} {unit}, {peer} {b:.3f} {unit}, ratio {share:.3f}{also}", f"<= {goal:.3f}", share <= goal)
