"""`python -m agents worker` is `intent worker`."""

from agents.cli import main

if __name__ == "__main__":
    main()
