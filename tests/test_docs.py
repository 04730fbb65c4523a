"""The pages that describe the code say what the code says."""

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import ownkey
from ownkey.connections.lifecycle.occasions import reminder_days_in_words

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#]+)(?:#[^)]*)?\)")


def test_the_map_quotes_every_package() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    for package in pkgutil.iter_modules(ownkey.__path__, "ownkey."):
        if package.ispkg:
            sentence = (importlib.import_module(package.name).__doc__ or "").strip()
            assert f"| `{package.name}` | {sentence} |" in page


def test_every_variable_is_explained() -> None:
    environment = ROOT / "src/ownkey/environment"
    modules = [environment / "reading.py", *environment.glob("*variables.py")]
    source = "".join(module.read_text() for module in modules if module.name != "known_variables.py")
    read = set(re.findall(r"OWNKEY_[A-Z_]+", source))
    page = (ROOT / "docs/reference/environment.md").read_text()
    assert read == set(re.findall(r"`(OWNKEY_[A-Z_]+)`", page)) & read
    assert set(re.findall(r"OWNKEY_[A-Z]+(?:_[A-Z]+)*", page)) <= read


def test_pages_name_the_days_on_which_people_are_reminded() -> None:
    words = f"{reminder_days_in_words()} days before"
    for page in ("README.md", "docs/how-to/reminders-and-worker.md"):
        assert words in " ".join((ROOT / page).read_text().split()), page


def test_pages_made_from_the_code_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "scripts/write_reference.py"), "--check"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        (str(page.relative_to(ROOT)), target)
        for page in pages
        for target in LINK.findall(page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not broken
