"""`brainwav demo`, by its old path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deployments.commands.client.demo import command

if __name__ == "__main__":
    command()
