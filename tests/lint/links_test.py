"""The build's own guards, tried on a small tree: floors are refused, undeclared uses do not link."""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOP = """cmake_minimum_required(VERSION 3.25)
project(house LANGUAGES CXX)
include({root}/cmake/Guanhu.cmake)
guanhu_library(NAME low FLOOR 0 SOURCES low.cc)
guanhu_library(NAME other FLOOR {other_floor} SOURCES other.cc DEPS {other_deps})
guanhu_library(NAME high FLOOR 2 SOURCES high.cc DEPS {high_deps})
"""
SOURCES = {
    "low.cc": "int Low();\nint Low() { return 1; }\n",
    "other.cc": "int Other();\nint Other() { return 2; }\n",
    "high.cc": "int Low();\nint Other();\nint High();\nint High() { return Low() + Other(); }\n",
}
TOOLS = {"cmake": "cmake", "cxx": "g++"}


def run_house(other_floor, other_deps, high_deps):
    """Configures and links the small tree; returns (configured, linked, output)."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        for name, text in SOURCES.items():
            (tree / name).write_text(text)
        top = TOP.format(root=ROOT, other_floor=other_floor, other_deps=other_deps, high_deps=high_deps)
        (tree / "CMakeLists.txt").write_text(top)
        build = str(tree / "build")
        configure = [TOOLS["cmake"], "-G", "Ninja", "-S", folder, "-B", build, f"-DCMAKE_CXX_COMPILER={TOOLS['cxx']}",
                     "-DCMAKE_POSITION_INDEPENDENT_CODE=ON"]
        done = subprocess.run(configure, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return False, False, done.stdout + done.stderr
        link = [TOOLS["cmake"], "--build", build, "--target", "guanhu_links", "--parallel", "2"]
        done = subprocess.run(link, capture_output=True, text=True, check=False)
        return True, done.returncode == 0, done.stdout + done.stderr


class House(unittest.TestCase):
    def test_declared_uses_link(self):
        configured, linked, output = run_house(1, "low", "low other")
        self.assertTrue(configured and linked, output)

    def test_undeclared_use_does_not_link(self):
        configured, linked, output = run_house(1, "low", "low")
        self.assertTrue(configured, output)
        self.assertFalse(linked, "high calls Other() without declaring it, and linked all the same")
        self.assertIn("Other", output)

    def test_same_floor_is_refused(self):
        configured, _, output = run_house(2, "low", "low other")
        self.assertFalse(configured, "a dependency on the same floor was configured")
        self.assertIn("floor violation", output)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--cxx", default="g++")
    options, rest = parser.parse_known_args()
    TOOLS.update(cmake=options.cmake, cxx=options.cxx)
    unittest.main(argv=sys.argv[:1] + rest)
