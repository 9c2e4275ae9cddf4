"""People of a data set that a learned method is trained and judged on, as columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Cohort:
    """People as columns; `held_out` are those that no model may be trained on."""

    columns: Mapping[str, NDArray[Any]]
    happened: NDArray[np.bool_]
    groups: Mapping[str, NDArray[np.str_]]
    held_out: NDArray[np.bool_]
    digest: str
    left_out: Mapping[str, int]

    def part(self, members: NDArray[np.bool_]) -> "Cohort":
        """Some of them."""
        return Cohort(
            {name: column[members] for name, column in self.columns.items()},
            self.happened[members],
            {name: labels[members] for name, labels in self.groups.items()},
            self.held_out[members],
            self.digest,
            self.left_out,
        )
