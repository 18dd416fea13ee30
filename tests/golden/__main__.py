"""Write all golden files anew: ``python -m tests.golden``; read the difference before you commit it."""

from tests.golden import mall, replay

if __name__ == "__main__":
    for path in replay.files():
        replay.record(path)
    for path in mall.files():
        mall.record(path)
