"""What is wrong with a file of the genome, and on which line."""


class GenomeFileProblem(ValueError):
    """The file cannot be used; never names a genotype, so that it may be shown and logged."""

    def __init__(self, said: str, *, line: int | None = None) -> None:
        super().__init__(said if line is None else f"line {line:,}: {said}")
        self.said = said
        self.line = line
