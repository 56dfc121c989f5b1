"""The sheet of people: a row a person, faces from all over the film."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from faceswap.detection.faces import Face, FrameFaces, landmarks_array
from faceswap.films.video import FrameReader
from faceswap.people.people import People, Person
from faceswap.pictures.captions import captioned, card
from faceswap.pictures.geometry import crop_matrix
from faceswap.pictures.sampling import sample
from faceswap.pictures.sheet import sheet, spread

#: Persons on the sheet, those seen longest; faces of each; pixels a face.
SHOWN, FACES, SIDE = 24, 6, 128

Chosen = Mapping[int, Sequence[tuple[int, Face]]]


def portraits(people: People, frames: Iterable[FrameFaces]) -> Chosen:
    """For each person to be shown, frames and faces spread over the time it is seen.

    Args:
        people: Who is who.
        frames: The faces of all frames, with linked tracks; read once.
    """
    owners = people.owners()
    wanted = {p.number: set(spread(p.faces, FACES)) for p in _first(people)}
    found: dict[int, list[tuple[int, Face]]] = {number: [] for number in wanted}
    seen: Counter[int] = Counter()
    for line in frames:
        for face in line.faces:
            number = owners.get(face.track, 0)
            if seen[number] in wanted.get(number, ()):
                found[number].append((line.frame, face))
            seen[number] += 1
    return found


def people_sheet(people: People, chosen: Chosen, reader: FrameReader) -> NDArray[np.uint8]:
    """The sheet, (h, w, 3) uint8: on the left of each row what is known of the person."""
    pictures: dict[tuple[int, int], NDArray[np.uint8]] = {}
    places = sorted(
        (frame, number, place, face)
        for number, some in chosen.items()
        for place, (frame, face) in enumerate(some)
    )
    for frame, number, place, face in places:
        for _, image in reader.frames(frame, frame + 1):
            matrix = crop_matrix(landmarks_array(face), SIDE, "head")
            picture = sample(image, np.asarray(matrix), SIDE)
            pictures[number, place] = captioned(picture, [f"frame {frame}"])
    cells = []
    for person in _first(people):
        blank = card([])
        cells.append(card(_words(person)))
        cells += [pictures.get((person.number, place), blank) for place in range(FACES)]
    return sheet(cells, FACES + 1, SIDE)


def _first(people: People) -> list[Person]:
    return sorted(people.person, key=lambda p: -p.seconds)[:SHOWN]


def _words(person: Person) -> list[str]:
    shots = f"shots {person.shots}"
    lines = [f"{person.number}: {person.name}", f"{person.seconds:.1f} s, {person.faces} faces"]
    lines.append(shots if len(shots) <= 20 else shots[:18] + "..")
    return [*lines, "SWAPPED" if person.swap else "left alone"]
