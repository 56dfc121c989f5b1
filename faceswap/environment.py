"""What the libraries are told through the environment, before they are imported."""

from __future__ import annotations

#: Names and values; what a person has set comes first.
FOR_LIBRARIES = {
    # What libraries say of themselves is no news to the person at the keyboard.
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SVT_LOG": "1",
    "KERAS_BACKEND": "tensorflow",
}
