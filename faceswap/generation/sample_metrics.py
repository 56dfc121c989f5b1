"""The figures of a model of faces: what each is called, and how it is measured on its samples."""

from __future__ import annotations

from faceswap.evaluation.metric import Metric

METRICS = (
    Metric(
        "face_share",
        "face found",
        "more",
        None,
        "Share of samples in which the detector finds a face.",
        "%",
        1,
    ),
    Metric(
        "frechet_pca",
        "Fréchet distance, components",
        "less",
        None,
        "Fréchet distance of samples from learnt faces over 64 principal components of these: no "
        "FID. It grows with the square of the side. Eigenfaces are made to be near here.",
    ),
    Metric(
        "frechet_descriptors",
        "Fréchet distance, descriptors",
        "less",
        None,
        "The same over the 128 numbers that tell persons apart, of faces found.",
        digits=3,
    ),
    Metric(
        "precision",
        "precision",
        "more",
        None,
        "Share of samples that lie among learnt faces: no further from one than its third "
        "neighbour does.",
        "%",
        1,
    ),
    Metric(
        "recall",
        "recall",
        "more",
        None,
        "Share of learnt faces that lie among samples, told in the same way. What is always near "
        "the mean has precision, and no recall.",
        "%",
        1,
    ),
    Metric(
        "diversity",
        "diversity",
        "near",
        None,
        "Mean distance of two samples over that of two learnt faces.",
        ideal=1.0,
    ),
    Metric(
        "copied",
        "distance from what was learnt",
        "more",
        None,
        "Median distance of a sample to the nearest learnt face over that of a held-out face: far "
        "below 1, samples are copies. How far it is above says nothing.",
    ),
    Metric(
        "label_agreement",
        "label agreement",
        "more",
        None,
        "Share of samples that measure as of the class asked for; of a model of labels.",
        "%",
        1,
    ),
    Metric(
        "bits",
        "bits a pixel",
        "less",
        None,
        "What a pixel of held-out faces costs, of a model that knows how likely a face is; beside "
        "it, by the shares of levels at the pixel's place alone.",
        digits=3,
    ),
)
