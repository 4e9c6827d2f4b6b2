"""`python -m deploy.debian [DIR]`: make the package, in `dist` by default, and print where it is."""

import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from deploy.debian.build import PackageError, build

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """The exit code."""
    try:
        print(build(CHECKOUT, Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / "dist"))
    except PackageNotFoundError as error:
        print(f"cannot package: {error.name} is not in .venv; run ./dev setup", file=sys.stderr)
        return 1
    except (PackageError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
