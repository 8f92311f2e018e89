"""Where the scripts of tests/browser are run: in the build tree, which has playwright-core beside them (target browser_tools),
else in the source tree."""
import subprocess

from streamer import programs, project


def scripts_folder(script):
    built = programs.parent / "tests/browser"
    if (built / "node_modules/playwright-core").exists() and (built / script).exists():
        return built
    folder = project / "tests/browser"
    if not (folder / "node_modules/playwright-core").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=300)
    return folder
