"""Property tests take the same examples every time, and as long as a busy machine needs."""

from hypothesis import settings

settings.register_profile("kernel", deadline=None, derandomize=True)
settings.load_profile("kernel")
