"""`python -m yibaobox` is the command `yibaobox`."""

from yibaobox.cli import main

if __name__ == "__main__":
    main(prog_name="yibaobox")
