"""What can be wrong with something to be encoded, or with the weights.

ClipError
├── UnusableInput           the caller's item; its batch neighbours are unharmed
│   ├── EmptyInput
│   ├── UnsupportedPicture  bytes that are no picture of an allowed format
│   ├── UnsupportedModality audio or video
│   ├── BrokenPicture       a picture that cannot be decoded to the end
│   └── PictureTooLarge     more bytes, pixels or frames than the caps
└── ModelError              the operator's settings
    ├── UnknownModel
    ├── WeightsNotFound
    ├── ChecksumMismatch
    └── UnusableWeights     a file that is not what the model expects
"""


class ClipError(ValueError):
    """Base of this package's errors; ``code`` is what HTTP clients see."""

    code = "encode_failed"


class UnusableInput(ClipError):
    """One item cannot be encoded; the others of its batch can."""

    code = "invalid_input"


class EmptyInput(UnusableInput):
    """Nothing to encode."""

    code = "empty_input"


class UnsupportedPicture(UnusableInput):
    """The bytes are no picture of an allowed format, whatever their name says."""

    code = "unsupported_file_type"


class UnsupportedModality(UnusableInput):
    """Audio or video, which no encoder here reads."""

    code = "unsupported_modality"


class BrokenPicture(UnusableInput):
    """The picture begins well and cannot be decoded to its end."""

    code = "broken_image"


class PictureTooLarge(UnusableInput):
    """More bytes, pixels, frames or parts than the caps; refused before pixels are decoded."""

    code = "image_too_large"


class ModelError(ClipError):
    """The model cannot be built from the settings given."""

    code = "model_unavailable"


class UnknownModel(ModelError):
    """No such architecture or pretrained tag."""


class WeightsNotFound(ModelError):
    """The weights are neither in the cache nor reachable."""


class ChecksumMismatch(ModelError):
    """The weights file is not the one that was asked for."""


class UnusableWeights(ModelError):
    """The file does not fit the architecture."""
