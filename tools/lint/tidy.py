#!/usr/bin/env python3
"""The house rules that a script can see. Usage: tidy.py [ROOT]

Prints `file:line: rule: sentence` for each violation and exits 1 when there is one. Tables of who may do what stand
at the top; a rule without a bad sample in tests/lint/tidy_test.py fails that test.
"""

import ast
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cpp  # noqa: E402
import floors  # noqa: E402

FUNCTION_LINES_MAX = 70
HEADER_LINES_MAX = 300
SOURCE_LINES_MAX = 600
COLUMNS_MAX = 120
RECORDS_FLOOR_MIN = 2  # generated record types: from common/schema up

CODE = {".h", ".cc", ".proto", ".py", ".cmake", ".sh", ".js", ".ts", ".vue", ".css"}
TEXT = CODE | {".md", ".txt", ".toml", ".json", ".yml", ".yaml", ".service", ".conf"}
SKIPPED = re.compile(r"(^|/)(build|node_modules|__pycache__|\.git|testdata|golden|corpus)/")

# Who may do what: patterns on the path from the root.
GENERATED_ROOMS = re.compile(r"^(common/(codec|rpc|trust)|[^/]+/rpc|tests)/")
GRPC_ROOMS = re.compile(r"^(common/(rpc|api)|(client|server)/(rpc|http|app)|tools|tests)/")
ROCKSDB_ROOMS = re.compile(r"^(common/store|tests/(crash|conformance|scenario|unit/store)|tools/bench)/")
# common/host and common/api are the running node; common/trust makes keys.
WORLD_ROOMS = re.compile(r"^((client|server)/app|tools|common/(rpc|host|api|trust)|tests)/")
PRODUCT = re.compile(r"^(proto|common|client|server)/")

RULES = {
    "floor": "an include goes to a strictly lower floor",
    "faces": "client and server never include each other, product code includes neither tests nor tools",
    "generated": "generated sync and store types stay at the edge",
    "records": "generated record types stay above common/model",
    "grpc": "gRPC headers stay at the edge",
    "rocksdb": "RocksDB headers stay in common/store",
    "world": "clocks, threads, sockets, environment and chance come from outside",
    "throw": "errors are statuses",
    "format": "std::format does not exist on the oldest compiler",
    "singleton": "no mutable state outside objects",
    "marker": "no notes to self in the tree",
    "header-lines": "headers are short",
    "source-lines": "sources are short",
    "function-lines": "functions fit on a page",
    "columns": "lines fit on a screen",
    "newline": "files end with a newline",
    "machine-path": "no path of one machine",
    "pragma-once": "headers are guarded",
    "tab": "indentation is spaces",
}

WORLD = [
    (r"\babsl::(Now|GetCurrentTimeNanos|SleepFor)\s*\(", "takes the time from the machine; use the base::Clock given"),
    (r"\bstd::chrono::(system|steady|high_resolution|utc)_clock\b", "takes the time from the machine; use base::Clock"),
    (r"\b(gettimeofday|clock_gettime|nanosleep|usleep)\s*\(", "takes the time from the machine; use base::Clock"),
    (r"(?<![\w.>:])(?:std::|::)?time\s*\(\s*(nullptr|NULL|0|&\w+)\s*\)",
     "takes the time from the machine; use base::Clock"),
    (r"\bstd::(jthread|thread|async|this_thread)\b", "makes or stops a thread; threads are made in an app room"),
    (r"\bpthread_create\s*\(", "makes a thread; threads are made in an app room"),
    (r"(?<![\w.>])::(socket|connect|bind|listen|accept)\s*\(", "opens a socket; sockets are made in an app room"),
    (r"\b(secure_)?getenv\s*\(|\b(un)?setenv\s*\(", "reads or writes the environment; pass the value in"),
    (r"\bstd::random_device\b|\babsl::(Insecure)?BitGen\b",
     "draws chance from the machine; use the base::Random given"),
    (r"(?<![\w.>:])(?:std::|::)?s?rand\s*\(|\bRAND_bytes\s*\(|\bgetrandom\s*\(|\barc4random",
     "draws chance from the machine; use the base::Random given"),
]
WORLD_INCLUDES = re.compile(r"^(thread|future|random|sys/socket\.h|netinet/.*|arpa/inet\.h|netdb\.h|pthread\.h)$")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
# Written in halves, so that this file passes its own rules.
MARKER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.~}])/(?:home|root|Users)/\w")
GLOBAL = re.compile(r"^(?:inline\s+|static\s+|constinit\s+)*[A-Za-z_][\w:]*(?:\s*<.*>)?[\s*&]+"
                    r"[A-Za-z_]\w*(?:\s*\[[^]]*\])?\s*(=|;|\{)")
NOT_A_VARIABLE = re.compile(
    r"^(using|typedef|class|struct|enum|union|friend|template|extern|namespace|return|static_assert|concept|requires|"
    r"operator|goto|case|default|public|private|protected|asm|export|import|module)\b")
CONSTANT = re.compile(r"\b(const|constexpr|consteval)\b")


class Report:
    """Collects violations; a sentence says what stands there and what belongs there instead."""

    def __init__(self):
        self.found = []

    def add(self, path, line, rule, sentence):
        assert rule in RULES, rule
        self.found.append((path, line, rule, sentence))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def list_files(root):
    """Tracked and new files, without what git ignores; without git, all files outside build folders."""
    listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, check=False) if (root / ".git").exists() else None
    if listing is not None and listing.returncode == 0:
        names = sorted(set(listing.stdout.decode("utf-8").split("\0")) - {""})
    else:
        names = sorted(os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
                       for folder, _, files in os.walk(root) for name in files)
    return [name for name in names if not SKIPPED.search(name) and (root / name).is_file()]


def is_script(name, text):
    return "." not in name.rsplit("/", 1)[-1].lstrip(".") and text.startswith("#!")


def read_text(root, name):
    suffix = pathlib.PurePosixPath(name).suffix
    data = (root / name).read_bytes()
    if suffix not in TEXT and not data.startswith(b"#!"):
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def machine_paths(root):
    """Home folders, and the place of this very tree when it is deep enough not to be somebody's ordinary path."""
    own = re.escape(str(root)) if str(root).count("/") >= 2 else r"(?!)"
    return re.compile(MACHINE_PATH.pattern + r"|(?<![\w.~}/-])" + own + r"(?![\w-])")


def check_text(root, name, text, report):
    machine_path = machine_paths(root)
    code = pathlib.PurePosixPath(name).suffix in CODE or name.endswith("CMakeLists.txt") or is_script(name, text)
    if text and not text.endswith("\n"):
        report.add(name, text.count("\n") + 1, "newline", "the file does not end with a newline")
    for number, line in enumerate(text.split("\n"), 1):
        if MARKER.search(line):
            report.add(name, number, "marker", "a note to self; finish it, or describe the limit in plain words")
        if machine_path.search(line):
            report.add(name, number, "machine-path", "a path of one machine; derive it or take it as an argument")
        if not code:
            continue
        if "\t" in line:
            report.add(name, number, "tab", "a tab; indent with spaces, write \\t in strings")
        if len(line) > COLUMNS_MAX:
            report.add(name, number, "columns", f"{len(line)} columns; at most {COLUMNS_MAX}")


def check_lengths(name, text, report):
    lines = text.count("\n")
    if name.endswith(".h") and lines > HEADER_LINES_MAX:
        report.add(name, 1, "header-lines", f"{lines} lines; at most {HEADER_LINES_MAX}: split the contract")
    if name.endswith((".cc", ".py")) and lines > SOURCE_LINES_MAX:
        report.add(name, 1, "source-lines", f"{lines} lines; at most {SOURCE_LINES_MAX}: split the file")


def check_python(name, text, report):
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        report.add(name, error.lineno or 1, "function-lines", "the file does not parse as Python 3")
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES_MAX and not name.startswith("tests/proof/"):  # a story is told in one piece
                report.add(name, node.lineno, "function-lines", f"{lines} lines; at most {FUNCTION_LINES_MAX}")


def check_floor(name, line, target, table, report):
    """An include inside one target is free; to another target it must go down."""
    if name.startswith("tests/") or table.room(target) is None:
        if PRODUCT.match(name) and re.match(r"^(common|client|server)/", target) and table.targets(name):
            report.add(name, line, "floor", f"'{target}' stands in a folder without a guanhu_library, so on no floor")
        return
    own, others = table.targets(name), table.targets(target)
    if not own or any(a is b for a in own for b in others):
        return
    highest, lowest = max(own, key=lambda t: t.floor), min(others, key=lambda t: t.floor)
    if lowest.floor >= highest.floor:
        report.add(name, line, "floor", f"{highest.name} (floor {highest.floor}) may not include '{target}' of "
                                        f"{lowest.name} (floor {lowest.floor}); includes go to strictly lower floors")


def check_include(name, line, target, table, report):
    check_floor(name, line, target, table, report)
    for one, other in (("client/", "server/"), ("server/", "client/")):
        if name.startswith(one) and target.startswith(other):
            report.add(name, line, "faces", f"{one} may not include {other}; move what both need to common/")
    if PRODUCT.match(name) and re.match(r"^(tests|tools)/", target):
        report.add(name, line, "faces", f"product code may not include '{target}'")
    if re.search(r"guanhu/(sync|store)/v\d+/.*\.pb\.h$", target) and not GENERATED_ROOMS.match(name):
        report.add(name, line, "generated", f"'{target}' is a wire or disk type; go through common/codec")
    if re.search(r"guanhu/records/v\d+/.*\.pb\.h$", target):
        own = table.targets(name)
        if PRODUCT.match(name) and own and max(t.floor for t in own) < RECORDS_FLOOR_MIN:
            report.add(name, line, "records", f"'{target}' is a record type; below common/schema a record is bytes")
    if re.match(r"^(grpcpp|grpc)/", target) or target.endswith(".grpc.pb.h"):
        if not GRPC_ROOMS.match(name):
            report.add(name, line, "grpc", f"'{target}' belongs in common/rpc, common/api, */rpc, */http or */app")
    if target.startswith("rocksdb/") and not ROCKSDB_ROOMS.match(name):
        report.add(name, line, "rocksdb", f"'{target}' belongs in common/store; use store::Store")
    if WORLD_INCLUDES.match(target) and not WORLD_ROOMS.match(name):
        report.add(name, line, "world", f"<{target}> reaches the machine; take a Clock, Random or Link as an argument")


def check_statics(name, statements, report):
    for line, text, scope in statements:
        kind = "namespace" if scope is None else scope.kind
        inside = scope is not None and scope.in_function and kind != "type"
        declared = re.split(r"[=;{(]", text, maxsplit=1)[0]
        if CONSTANT.search(declared) or NOT_A_VARIABLE.match(text) or "operator" in declared:
            continue
        if "std::once_flag" in declared or name.startswith("tests/crash/"):
            continue  # a library's own process-wide settings; the arguments of a test program
        first = re.match(r"^(?:inline\s+)?(static|thread_local)\b", text)
        called = "(" in text and "(" not in declared and text[len(declared)] == "("
        if inside:
            if first and not (called and text.endswith("{")):
                report.add(name, line, "singleton", "a mutable static in a function; make it a member or an argument")
        elif first and not called:
            report.add(name, line, "singleton", "a mutable static; make it a member of the object that owns it")
        elif kind == "namespace" and not called and GLOBAL.match(text):
            report.add(name, line, "singleton", "a mutable global; make it a member of the object that owns it")


def check_cpp(name, text, table, report):
    if name.endswith(".h") and not re.search(r"^#pragma once$", text, re.MULTILINE):
        report.add(name, 1, "pragma-once", "the header has no `#pragma once`")
    plain = cpp.without_comments(text)
    for match in INCLUDE.finditer(plain):
        check_include(name, line_of(plain, match.start(2)), match.group(2), table, report)
    code = cpp.code_only(text)
    for match in re.finditer(r"\bthrow\b", code):
        report.add(name, line_of(code, match.start()), "throw", "an exception; return an absl::Status")
    for match in re.finditer(r"\bstd::v?format(?:_to)?\b|#\s*include\s*<format>", code):
        report.add(name, line_of(code, match.start()), "format", "gcc 12 has no <format>; use absl::StrCat")
    if not WORLD_ROOMS.match(name):
        for pattern, sentence in WORLD:
            for match in re.finditer(pattern, code):
                report.add(name, line_of(code, match.start()), "world", f"'{match.group(0).strip()}' {sentence}")
    scopes, statements = cpp.read(text)
    for scope in scopes:
        lines = scope.last_line - scope.first_line + 1
        if scope.kind == "function" and lines > FUNCTION_LINES_MAX:
            report.add(name, scope.first_line, "function-lines",
                       f"{lines} lines; at most {FUNCTION_LINES_MAX}: '{scope.head[:60]}'")
    check_statics(name, statements, report)


def read_floors(root, names, report):
    targets = []
    for name in names:
        if name.endswith("CMakeLists.txt") and not name.startswith("tests/"):
            folder = name.rsplit("/", 1)[0] if "/" in name else ""
            found, unreadable = floors.parse(folder, (root / name).read_text(encoding="utf-8"))
            targets += found
            for line, target in unreadable:
                report.add(name, line, "floor", f"the floor of '{target}' is not a plain number")
    return floors.Floors(targets)


def check_tree(root):
    """All violations of the tree, in order of file and line."""
    root = pathlib.Path(root).resolve()
    report = Report()
    names = list_files(root)
    table = read_floors(root, names, report)
    for name in names:
        text = read_text(root, name)
        if text is None:
            continue
        check_text(root, name, text, report)
        check_lengths(name, text, report)
        if name.endswith((".h", ".cc")):
            check_cpp(name, text, table, report)
        elif name.endswith(".py"):
            check_python(name, text, report)
    return sorted(set(report.found)), len(names)


def main(arguments):
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[2]
    found, files = check_tree(root)
    for path, line, rule, sentence in found:
        print(f"{path}:{line}: {rule}: {sentence}")
    if files == 0:
        print(f"{root}: no file to read; is this the root of the tree?", file=sys.stderr)
        return 1
    if found:
        print(f"{len(found)} violations of the house rules in {files} files (rules: CONTRIBUTING.md)", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
