"""Small pictures of stored ones, decoded in the shares that all pictures are decoded in."""

from deployments.encoding.decode_pool import DecodePool
from retrieval.clip.errors import UnusableInput
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.pictures.thumbnail import ThumbnailRecipe
from retrieval.encoding import ThumbnailRequest
from sustainability.work import WorkAccount, current_key
from telemetry.registry import Registry


class Thumbnails:
    """Makes them; whoever asks waits for his own turn and pays for the time it takes."""

    def __init__(
        self,
        decoding: DecodePool,
        limits: PictureLimits,
        account: WorkAccount,
        registry: Registry,
    ) -> None:
        self._decoding = decoding
        self._limits = limits
        self._account = account
        self._registry = registry

    async def make(self, request: ThumbnailRequest) -> bytes:
        """Return a JPEG.

        Raises:
            UnusableInput: What is stored cannot be decoded (any longer).
        """
        owner = current_key()
        client = "" if owner is None else owner.client
        recipe = ThumbnailRecipe(self._limits, request.width_px)

        def spent(cpu_s: float) -> None:
            self._account.charge_cpu(owner, cpu_s)

        try:
            made = await self._decoding.prepare(recipe, request.picture, client, spent)
        except UnusableInput:
            self._registry.add("brainwav_thumbnails_total", "refused")
            raise
        self._registry.add("brainwav_thumbnails_total", "made")
        return made.data.tobytes()
