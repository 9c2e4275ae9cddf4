"""HealthKit as a phone would have it: an anchor is a place in the log of one type."""

from mobile.sources.healthkit import INVALID_ARGUMENT, Anchored, PlatformError, Sample


class FakeHealthKit:
    """One phone's HealthKit; refused types look empty, as they do."""

    def __init__(self) -> None:
        self.here = True
        self.refused: set[str] = set()
        self.log: list[tuple[str, str, Sample | None]] = []  # type, id, None when deleted
        self.asked: list[tuple[str, str]] = []
        self.failing = 0
        self.phone = b"this"

    def write(self, identifier: str, *samples: Sample) -> None:
        self.log += [(identifier, each.id, each) for each in samples]

    def delete(self, identifier: str, *ids: str) -> None:
        self.log += [(identifier, id_, None) for id_ in ids]

    def is_here(self) -> bool:
        return self.here

    def anchored(
        self, identifier: str, unit: str, anchor: bytes | None, since_ms: int, limit: int
    ) -> Anchored:
        self.asked.append((identifier, unit))
        if self.failing:
            raise PlatformError(self.failing)
        phone, _, place = (anchor or self.phone + b"@0").partition(b"@")
        if phone != self.phone:
            raise PlatformError(INVALID_ARGUMENT)
        samples: list[Sample] = []
        deleted: list[str] = []
        at = int(place)
        gone = {id_ for _, id_, sample in self.log if sample is None}
        while at < len(self.log) and len(samples) + len(deleted) < limit:
            of, id_, sample = self.log[at]
            at += 1
            if of != identifier or identifier in self.refused:
                continue
            if sample is None:
                deleted.append(id_)
            elif id_ not in gone and sample.start_ms >= since_ms:
                samples.append(sample)
        return Anchored(samples, deleted, self.phone + b"@" + str(at).encode())
