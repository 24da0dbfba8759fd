"""The boards that are committed are the ones that deploy/grafana/make_boards.py makes, read back by the
typed SDK without loss; and Grafana's own linter has nothing to say, where it is installed."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness

GRAFANA = harness.SOURCE_DIR / "deploy" / "grafana"
PYTHON = pathlib.Path(os.environ.get(
    "TTHC_TEST_TOOLS", harness.SOURCE_DIR / "build" / "test-tools")) / "bin" / "python"
# Reads a board by Grafana's schema, as typed values, and writes it again.
READ_BACK = """
import json, sys
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
register_default_plugins()
print(json.dumps(Dashboard.from_json(json.load(sys.stdin)), cls=JSONEncoder))
"""


def tool(*arguments, **options):
    done = subprocess.run([PYTHON, "-B", *map(str, arguments)], capture_output=True, text=True,
                          encoding="utf-8", timeout=harness.COMMAND_SECONDS, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout


def sdk_is_there():
    return PYTHON.exists() and subprocess.run(
        [PYTHON, "-c", "import grafana_foundation_sdk"], capture_output=True, check=False,
        timeout=harness.COMMAND_SECONDS).returncode == 0


class BoardsMadeTest(unittest.TestCase):
    maxDiff = None

    def boards(self):
        found = sorted((GRAFANA / "dashboards").glob("*.json"))
        self.assertTrue(found)
        return found

    @unittest.skipUnless(sdk_is_there(), "The Grafana Foundation SDK is not in build/test-tools: "
                                         "deploy/test-tools.sh installs it from PyPI")
    def test_made_again_they_are_the_same(self):
        with tempfile.TemporaryDirectory() as directory:
            tool(GRAFANA / "make_boards.py", "--out", directory)
            made = sorted(pathlib.Path(directory).glob("*.json"))
            self.assertEqual([p.name for p in self.boards()], [p.name for p in made])
            for old, new in zip(self.boards(), made):
                self.assertEqual(old.read_text("utf-8"), new.read_text("utf-8"), old.name)
            tool(GRAFANA / "make_boards.py", "--out", directory, "--console", "https://tthc.vn/")
            for path in made:
                self.assertIn('"https://tthc.vn"', path.read_text("utf-8"))

    @unittest.skipUnless(sdk_is_there(), "The Grafana Foundation SDK is not in build/test-tools: "
                                         "deploy/test-tools.sh installs it from PyPI")
    def test_the_schema_knows_all_that_is_in_them(self):
        for path in self.boards():
            text = path.read_text("utf-8")
            self.assertEqual(json.loads(text), json.loads(tool("-c", READ_BACK, input=text)), path.name)

    @unittest.skipUnless(shutil.which("dashboard-linter"),
                         "dashboard-linter is not in PATH; what it asks for is also held by test_boards.py")
    def test_the_linter_has_nothing_to_say(self):
        for path in self.boards():
            done = subprocess.run(["dashboard-linter", "lint", "--strict", path], capture_output=True,
                                  text=True, timeout=harness.COMMAND_SECONDS, check=False)
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
