"""HEIC, which phones write, by a decode-only library that is installed on request."""

NOT_INSTALLED = (
    "HEIC pictures are read where pi-heif is installed: pip install 'brainwav-serve[heic]'"
)


def _registered() -> bool:
    try:
        import pi_heif
    except ImportError:
        return False
    # One core, and the picture alone: neither its thumbnails nor its depths.
    pi_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )
    return True


HEIC_IS_READ = _registered()
