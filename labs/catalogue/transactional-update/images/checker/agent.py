"""What the node's agent answers."""

import urllib.request


def answer(path):
    """The body of a good answer, else None."""
    try:
        with urllib.request.urlopen(f"http://node:10248{path}", timeout=3) as reply:
            return reply.read().decode().strip()
    except OSError:
        return None
