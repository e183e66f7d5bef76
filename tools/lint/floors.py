"""The floor of every folder and source, as the CMakeLists declare it with guanhu_library and guanhu_program."""

import re

CALL = re.compile(r"\bguanhu_(library|program)\s*\(([^)]*)\)")
KEYWORDS = {"NAME", "FLOOR", "SOURCES", "DEPS", "LINK", "PRIVATE_LINK"}


class Target:
    """One library or program: its folder relative to the root, its floor, the stems of its own sources."""

    def __init__(self, name, folder, floor, stems):
        self.name = name
        self.folder = folder
        self.floor = floor
        self.stems = stems


def _arguments(body):
    groups, current = {}, None
    for word in body.split():
        if word in KEYWORDS:
            current = word
            groups.setdefault(word, [])
        elif current:
            groups[current].append(word)
    return groups


def parse(folder, text):
    """Targets of one CMakeLists.txt; calls whose floor is not a plain number come back in the second list."""
    targets, unreadable = [], []
    text = re.sub(r"#[^\n]*", lambda m: " " * len(m.group(0)), text)
    for match in CALL.finditer(text):
        groups = _arguments(match.group(2))
        name = (groups.get("NAME") or ["?"])[0]
        floor = (groups.get("FLOOR") or ["?"])[0]
        line = text.count("\n", 0, match.start()) + 1
        if not floor.isdigit():
            unreadable.append((line, name))
            continue
        stems = {source.rsplit(".", 1)[0] for source in groups.get("SOURCES", [])}
        targets.append(Target(name, folder, int(floor), stems))
    return targets, unreadable


class Floors:
    """Answers on which floor a file stands. Folders below a room without a CMakeLists.txt belong to the room."""

    def __init__(self, targets):
        self.by_folder = {}
        for target in targets:
            self.by_folder.setdefault(target.folder, []).append(target)

    def room(self, path):
        """The nearest folder at or above `path` that declares a target, or None."""
        folder = path.rsplit("/", 1)[0] if "/" in path else ""
        while folder and folder not in self.by_folder:
            folder = folder.rsplit("/", 1)[0] if "/" in folder else ""
        return folder or None

    def targets(self, path):
        """Targets that may own the file: the one that lists it or its source, else all of the room."""
        room = self.room(path)
        if room is None:
            return []
        stem = path[len(room) + 1:].rsplit(".", 1)[0]
        own = [target for target in self.by_folder[room] if stem in target.stems]
        return own or self.by_folder[room]
