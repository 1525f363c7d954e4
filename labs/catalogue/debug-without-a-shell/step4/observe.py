"""What a customer of the target hears: the body of a good answer, else the status."""

import json
import urllib.error
import urllib.request


def heard(path):
    try:
        with urllib.request.urlopen(f"http://target:8080/{path}", timeout=3) as answer:
            return answer.read(200).decode(errors="replace").strip()
    except urllib.error.HTTPError as error:
        return f"status {error.code}"
    except OSError as error:
        error = getattr(error, "reason", error)  # urllib wraps what the system says
        return f"no answer: {getattr(error, 'strerror', None) or error}"


print(json.dumps({path: heard(path) for path in ("price", "rate")}))
