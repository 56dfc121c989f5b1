"""How much of a stranger's file is taken: what is larger is refused before it is read or decoded.

Each limit is far above what the work needs, and below what would fill the memory.
"""

from __future__ import annotations

#: Pixels of an image: 134 million, so that photos of 108 megapixels are taken. 400 MB as RGB.
IMAGE_PIXELS = 2**27
#: Pixels of a film's frame: 67 million, twice an 8K frame. A decoder holds up to 16 frames and one
#: for each of its threads, so less is taken than of an image.
FILM_PIXELS = 2**26
#: Pixels of a side of either: OpenCV warps no larger picture.
SIDE = 2**15 - 1
#: Bytes of an image file, compressed or not.
IMAGE_BYTES = 2**30

#: Frames of a clip: 4 million are 46 hours at 25 frames a second, and 1 GB of index in memory.
FRAMES = 2**22
#: Faces in one frame.
FACES = 2**10
#: Streams of a film; ffmpeg's own limit.
STREAMS = 1000

#: Samples that an MP4 file may promise beyond one for each of its bytes, as old compressed sound
#: does: 24 bytes of memory each. Boxes looked at for that; a film in fragments of a second has ten
#: for each.
SAMPLES = 2**23
BOXES = 2**21

#: Bytes of a frames.json: 100 for each of the most frames.
INDEX_BYTES = 100 * FRAMES
#: Bytes of any other JSON document; a manifest has some ten thousand.
JSON_BYTES = 2**26
#: Bytes of one line of a journal: 1024 faces with landmarks and descriptors have 3 million.
LINE_BYTES = 2**23
#: Bytes of a TOML file: one with ten thousand persons has a million. Python's reader manages a
#: million a second.
TOML_BYTES = 2**21
#: Dots on a line of TOML. What a key like a.b.c costs grows with the square of its dots: one of
#: 200 kB took 40 GB.
TOML_DOTS = 64
#: Bytes of a safetensors file: eight times the largest model's optimiser.
WEIGHTS_BYTES = 2**33
#: Bytes of a network in dlib's form: three times the larger of the two.
NETWORK_BYTES = 2**26
#: Bytes of dlib's trees for landmarks, packed or not: twice what they have.
TREES_BYTES = 2**28
#: Rows of an array, of faces or their pictures.
ROWS = 2**24

#: A coordinate in pixels, either way: four times the longest side.
PIXEL = float(2**17)
#: An option's number, either way: 32 bits are what the libraries below take.
NUMBER = 2**31 - 1
#: Spans in a text like `1, 3-5`, and numbers named by it: each face is held against all of them.
SPANS = 10_000
#: Letters of a library's words, or of a file's, that an error repeats.
QUOTED = 300
