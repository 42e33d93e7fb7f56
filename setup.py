"""What pyproject.toml cannot say of the wheel: ABCI's stubs are generated first, the demo's samples are copied in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
STUBS = "liveledger.consensus._abci"
SAMPLES = ("epcis", "retail", "sensors")


class Build(build_py):
    """Builds the packages, with what is generated and what lies elsewhere in the repository."""

    def run(self) -> None:
        """Generates, builds, copies; an editable installation finds both in the checkout itself."""
        if self.editable_mode:
            super().run()
            return
        sys.path.insert(0, str(ROOT / "scripts"))
        from generate_abci import TARGET
        from generate_abci import main as generate

        generate()
        stubs = [path.parent.relative_to(TARGET) for path in sorted(TARGET.rglob("__init__.py"))]
        names = {".".join([STUBS, *folder.parts]) for folder in stubs}
        self.packages = sorted({*self.packages, *names})
        # What an earlier build left there would go into the wheel.
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        for name in SAMPLES:
            target = Path(self.build_lib, "liveledger_cli", "demo", "examples", name)
            shutil.copytree(ROOT / "examples" / name, target, dirs_exist_ok=True)


setup(cmdclass={"build_py": Build})
