"""Run the command line as ``python -m hub``: what ``hub up`` starts its workers with."""

from hub.cli import main

if __name__ == "__main__":
    main()
