"""Each rule of tools/lint/tidy.py refuses its bad sample, at the right line, and a good tree passes."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "lint"))
import cpp  # noqa: E402
import tidy  # noqa: E402

GOOD = {
    "common/base/CMakeLists.txt": "guanhu_library(NAME base FLOOR 0 SOURCES ids.cc)\n",
    "common/model/CMakeLists.txt": "guanhu_library(NAME model FLOOR 1\n  SOURCES entry.cc DEPS base)\n",
    "common/schema/CMakeLists.txt": "guanhu_library(NAME schema FLOOR 2 SOURCES check.cc DEPS model)\n",
    "common/sync/CMakeLists.txt": "guanhu_library(NAME sync FLOOR 2 SOURCES session.cc DEPS model)\n",
    "common/store/CMakeLists.txt": "# floors are numbers\nguanhu_library(NAME store FLOOR 4 SOURCES rocks.cc)\n",
    "server/rpc/CMakeLists.txt": "guanhu_library(NAME server_rpc FLOOR 7 SOURCES face.cc)\n",
    "client/app/CMakeLists.txt": "guanhu_program(NAME guanhu FLOOR 8 SOURCES main.cc)\n",
    "client/rpc/CMakeLists.txt": "guanhu_library(NAME client_rpc FLOOR 7 SOURCES link.cc)\n",
    "server/app/CMakeLists.txt": "guanhu_program(NAME guanhu-node FLOOR 8 SOURCES main.cc)\n",
    "common/base/ids.h": "#pragma once\nint Id();\n",
    "common/base/ids.cc": """#include "common/base/ids.h"
// throw, std::format and static int x; in a comment are only words. So is absl::Now().
constexpr int kMillion = 1'000'000;
const char* const kText = "throw std::format getenv( \\" static int x;";
const char* const kRaw = R"(throw { { { std::thread)";
static int Twice(int x) { return 2 * x; }
int Id() {
  static const int kOnce = Twice(3);
  static constexpr int kTwice = 6;
  for (int i = 0; i < 3; ++i) {
    if (i == 2) return i + kTwice;
  }
  return kOnce + kMillion;
}
""",
    "common/model/entry.h": """#pragma once
#include <mutex>
#include "common/base/ids.h"
namespace guanhu::model {
template <class T, typename U = int>
class Box final {
 public:
  explicit Box(T t) : t_{t}, n_(0) {}
  static Box Make();
  static constexpr int kSize = 3;
  friend auto operator<=>(const Box&, const Box&) = default;
  inline bool operator==(int) const { return true; }

 private:
  T t_;
  int n_ = 0;
  std::mutex mutex_;
};
enum class Kind : unsigned char { kOne = 1, kTwo = 2 };
struct Plain {
  int a = 0;
  int b{0};
};
inline constexpr Plain kPlain{1, 2};
using Alias = Box<int>;
class Later;
Plain Sum(const Plain& x, int y = 3);
}  // namespace guanhu::model
""",
    "common/store/rocks.cc": '#include "rocksdb/db.h"\n#include "common/model/entry.h"\n',
    "client/rpc/link.cc": '#include "grpcpp/grpcpp.h"\n#include "guanhu/sync/v1/frame.pb.h"\n',
    "server/app/main.cc": "#include <thread>\nint main() { std::thread([] {}).join(); }\n",
    "tests/unit/store/rocks_test.cc": '#include "rocksdb/db.h"\n#include "common/sync/session.h"\n',
    "README.md": "# Title\nVery " + "long " * 40 + "prose is fine here.\n",
}
LONG_BODY = "int F() {\n" + "  Step();\n" * 69 + "}\n"
MARKER = "TO" + "DO"
HOME = "/" + "home/someone/guanhu"

# rule, file, text, line of the violation
BAD = [
    ("floor", "common/base/up.cc", '#include <string>\n#include "common/model/entry.h"\n', 2),
    ("floor", "common/schema/side.cc", '#include "common/sync/session.h"\n', 1),
    ("floor", "common/model/none.cc", '#include "common/nowhere/x.h"\n', 1),
    ("floor", "common/base/CMakeLists.txt", "guanhu_library(NAME base FLOOR ${n} SOURCES ids.cc)\n", 1),
    ("faces", "client/app/x.cc", '#include "server/rpc/x.h"\n', 1),
    ("faces", "server/app/x.cc", '#include "client/rpc/x.h"\n', 1),
    ("faces", "common/model/x.cc", '#include "tests/support/x.h"\n', 1),
    ("generated", "common/model/x.cc", '#include "guanhu/sync/v1/frame.pb.h"\n', 1),
    ("generated", "server/app/x.cc", '#include "proto/guanhu/store/v1/disk.pb.h"\n', 1),
    ("records", "common/model/x.cc", '#include "guanhu/records/v1/asset.pb.h"\n', 1),
    ("grpc", "common/sync/x.cc", "#include <grpcpp/grpcpp.h>\n", 1),
    ("grpc", "common/store/x.cc", '#include "guanhu/api/v1/work.grpc.pb.h"\n', 1),
    ("rocksdb", "common/sync/x.cc", '#include "rocksdb/db.h"\n', 1),
    ("rocksdb", "tests/unit/sync/x.cc", '#include "rocksdb/db.h"\n', 1),
    ("world", "common/model/x.cc", "\nauto F() { return absl::Now(); }\n", 2),
    ("world", "common/model/x.cc", "auto F() { return std::chrono::system_clock::now(); }\n", 1),
    ("world", "common/model/x.cc", "auto F() { return time(nullptr); }\n", 1),
    ("world", "common/model/x.cc", "void F() { std::jthread t; }\n", 1),
    ("world", "common/model/x.cc", "#include <thread>\n", 1),
    ("world", "common/model/x.cc", "int F() { return ::socket(1, 2, 3); }\n", 1),
    ("world", "common/model/x.cc", 'auto F() { return std::getenv("X"); }\n', 1),
    ("world", "common/model/x.cc", "unsigned F() { return std::random_device{}(); }\n", 1),
    ("world", "common/model/x.cc", "int F() { return rand(); }\n", 1),
    ("throw", "common/model/x.cc", "// a sentence\nvoid F() { throw 1; }\n", 2),
    ("format", "common/model/x.cc", 'auto F() { return std::format("{}", 1); }\n', 1),
    ("format", "common/model/x.cc", "#include <format>\n", 1),
    ("singleton", "common/model/x.cc", "int& F() {\n  if (true) {\n    static int n = 0;\n    return n;\n  }\n}\n", 3),
    ("singleton", "common/model/x.cc", "Store& F() {\n  static Store* store = new Store();\n  return *store;\n}\n", 2),
    ("singleton", "common/model/x.cc", "Store& F() {\n  static Store store(1);\n  return store;\n}\n", 2),
    ("singleton", "common/model/x.cc", "void F() {\n  thread_local int n;\n}\n", 2),
    ("singleton", "common/model/x.cc", "namespace a {\nstatic int count;\n}\n", 2),
    ("singleton", "common/model/x.cc", "namespace {\nstd::atomic<int> count{0};\n}\n", 2),
    ("singleton", "common/model/x.cc", "int count = 0;\n", 1),
    ("singleton", "common/model/x.h", "#pragma once\nclass A {\n public:\n  static int count;\n};\n", 4),
    ("marker", "common/model/x.cc", "int F();\n// " + MARKER + ": later\n", 2),
    ("marker", "docs/x.md", MARKER + "\n", 1),
    ("header-lines", "common/model/x.h", "#pragma once\n" + "\n" * 300, 1),
    ("source-lines", "common/model/x.cc", "\n" * 601, 1),
    ("source-lines", "tools/x/x.py", "\n" * 601, 1),
    ("function-lines", "common/model/x.cc", "\n" + LONG_BODY, 2),
    ("function-lines", "common/model/x.cc", "class A : B<int> {\n " + LONG_BODY + "};\n", 2),
    ("function-lines", "tools/x/x.py", "def f():\n" + "    pass\n" * 70, 1),
    ("columns", "common/model/x.cc", "\n// " + "x" * 118 + "\n", 2),
    ("columns", "tools/run", "#!/bin/sh\n# " + "x" * 119 + "\n", 2),
    ("newline", "common/model/x.cc", "int F();", 1),
    ("newline", "docs/x.md", "Text", 1),
    ("machine-path", "tools/run", "#!/bin/sh\ncd " + HOME + "\n", 2),
    ("pragma-once", "common/model/x.h", "int F();\n", 1),
    ("tab", "common/model/x.cc", "int F() {\n\treturn 1;\n}\n", 2),
]


def check(files):
    """Violations as (file, line, rule) of a tree with these files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found, _ = tidy.check_tree(folder)
        return [(name, line, rule) for name, line, rule, _ in found]


class Tidy(unittest.TestCase):
    def test_good_tree_passes(self):
        self.assertEqual(check(GOOD), [])

    def test_each_bad_sample_is_refused(self):
        for rule, name, text, line in BAD:
            with self.subTest(rule=rule, file=name, text=text[:60]):
                found = check({**GOOD, name: text})
                self.assertIn((name, line, rule), found)
                others = {r for file, _, r in found if file == name} - {rule}
                self.assertEqual(others, set(), "the sample breaks other rules too")

    def test_every_rule_has_a_bad_sample(self):
        self.assertEqual({rule for rule, _, _, _ in BAD}, set(tidy.RULES))

    def test_limits_themselves_pass(self):
        edge = {
            "common/model/x.h": "#pragma once\n" + "\n" * 299,
            "common/model/x.cc": "\n" * 529 + LONG_BODY.replace("  Step();\n", "", 1) + "\n",
            "common/model/y.cc": "// " + "x" * 117 + "\n",
        }
        self.assertEqual(check({**GOOD, **edge}), [])

    def test_own_place_is_refused_wherever_it_is(self):
        deep, shallow = pathlib.Path("/opt/checkout"), pathlib.Path("/guanhu")
        for root, line, refused in ((deep, "cd /opt/checkout/x", True), (deep, "cd /srv/opt/checkout/x", False),
                                    (deep, "/opt/checkout-2", False), (shallow, "/etc/guanhu/node.toml", False),
                                    (shallow, "cd /guanhu/x", False), (shallow, "cd " + HOME, True)):
            with self.subTest(root=root, line=line):
                self.assertEqual(bool(tidy.machine_paths(root).search(line)), refused)

    def test_command_prints_and_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "x.h").write_text("int F();\n", encoding="utf-8")
            command = [sys.executable, "-B", str(ROOT / "tools" / "lint" / "tidy.py"), folder]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stdout, "x.h:1: pragma-once: the header has no `#pragma once`\n")
            (pathlib.Path(folder) / "x.h").write_text("#pragma once\nint F();\n", encoding="utf-8")
            self.assertEqual(subprocess.run(command, capture_output=True, check=False).returncode, 0)
            (pathlib.Path(folder) / "x.h").unlink()
            self.assertEqual(subprocess.run(command, capture_output=True, check=False).returncode, 1, "an empty tree")


class Reading(unittest.TestCase):
    def test_lengths_start_at_the_opening_brace(self):
        scopes, _ = cpp.read("int F(int a,\n      int b)\n    : x_{1}, y_(2) {\n  return 1;\n}\n")
        functions = [(s.first_line, s.last_line) for s in scopes if s.kind == "function"]
        self.assertIn((3, 5), functions)

    def test_nested_blocks_belong_to_their_function(self):
        scopes, _ = cpp.read("void F() {\n  G([&] {\n    H();\n  });\n  struct P { int x; };\n}\nvoid K() {}\n")
        self.assertEqual([(s.first_line, s.last_line) for s in scopes if s.kind == "function"], [(1, 6), (7, 7)])

    def test_only_one_branch_of_a_conditional_counts(self):
        scopes, _ = cpp.read("void F() {\n#ifdef A\n  if (a) {\n#else\n  if (b) {\n#endif\n  }\n}\nint K() {}\n")
        self.assertEqual([(s.first_line, s.last_line) for s in scopes if s.kind == "function"], [(1, 8), (9, 9)])


if __name__ == "__main__":
    unittest.main()
