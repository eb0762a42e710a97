"""A place that an event loop claims, without a database behind it."""


class Place:
    """Counts claims and tells, in order, what was committed, one entry a commit; `keeps` says whether it can be."""

    def __init__(self, told=None, *, keeps=lambda written: True):
        self.told = [] if told is None else told
        self.claims = 0
        self.written = []
        self._keeps = keeps

    @property
    def pending(self):
        return bool(self.written)

    def claim(self):
        self.claims += 1
        return self

    def release(self):
        self.claims -= 1
        if self.claims or not self.written:
            return True
        kept, written, self.written = self._keeps(self.written), self.written, []
        if kept:
            self.told.append(("commit", *written))
        return kept
