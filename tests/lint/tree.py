"""The files of the project, and how a lint rule ends. A rule is a script: RULE.py PROJECT-FOLDER."""
import pathlib
import subprocess
import sys

SKIPPED = 77  # as SKIP_RETURN_CODE of ctest

project = pathlib.Path(sys.argv[1]).resolve()


def files(*suffixes):
    """Files that are, or would be, committed; all of them or those with one of the suffixes."""
    try:
        listed = subprocess.run(["git", "-C", str(project), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                capture_output=True, check=True).stdout.decode().split("\0")
        paths = [project / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive
        paths = [path for path in project.rglob("*")
                 if not {"build", "node_modules", ".git"} & set(path.relative_to(project).parts)]
    return sorted(path for path in set(paths) if path.is_file() and (not suffixes or path.suffix in suffixes))


def name(path):
    return str(path.relative_to(project))


def text(path):
    """The text of a file; nothing for a binary one."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def finish(findings, seen):
    """Ends the rule: `findings` are lines like "file:line: what is wrong, what to do"; `seen` says how much was looked at."""
    if not seen:
        sys.exit("nothing was looked at: is this the project's folder? " + str(project))
    for finding in findings:
        print(finding)
    print(f"{seen} files, {len(findings)} findings")
    sys.exit(1 if findings else 0)


def skip(reason):
    print("skipped: " + reason)
    sys.exit(SKIPPED)
