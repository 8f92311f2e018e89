"""Links and pictures in the *.md files lead to files and headings that are there."""
import re

import tree

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^\s*(```|~~~)")


def prose(path):
    """Lines outside fenced code, numbered."""
    fenced = False
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(path):
    """The anchors of the headings, as the usual renderers make them."""
    return {re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower().replace("`", "")).replace(" ", "-")
            for _, line in prose(path) if line.startswith("#")}


findings = []
pages = tree.files(".md")
for page in pages:
    for number, line in prose(page):
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:", target):
                continue
            file_name, _, anchor = target.partition("#")
            place = (page.parent / file_name).resolve() if file_name else page
            if not place.exists():
                findings.append(f"{tree.name(page)}:{number}: {target} is not there")
            elif anchor and place.suffix == ".md" and anchor not in anchors(place):
                findings.append(f"{tree.name(page)}:{number}: {target}: no such heading")
tree.finish(findings, len(pages))
