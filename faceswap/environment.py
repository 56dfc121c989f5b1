"""What the libraries are told through the environment, before they are imported."""

from __future__ import annotations

from faceswap.storage import limits

#: Names and values; what a person has set comes first.
FOR_LIBRARIES = {
    # What libraries say of themselves is no news to the person at the keyboard.
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SVT_LOG": "1",
    "KERAS_BACKEND": "tensorflow",
    "OPENCV_LOG_LEVEL": "SILENT",
    # Workers' memory in large pages where the C library can: the 65 MB of trees that landmarks
    # are found by are read all over, and a sixth of that time went into finding the small ones.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    # OpenCV holds to it too, should it read a header otherwise than we do.
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(limits.IMAGE_PIXELS),
}
