import subprocess
import sys

import pytest


@pytest.mark.slow
def test_torchvision_imports_beside_any_torch():
    """In a process of its own: importing fdan.backbones.vision is all it takes, twice included."""
    again = "import fdan.backbones.vision"
    code = f"{again}, torchvision; {again}; print(torchvision.models.resnet18().fc.out_features)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "1000\n"
