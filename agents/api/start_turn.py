"""What a program may ask, and asking it once."""

from __future__ import annotations

import hashlib

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.models import User
from agents.api.base import validated
from agents.api.idempotency import once
from agents.api.serializers import WishSerializer
from agents.conversations import quotas, turns
from agents.models import Conversation, Together, Turn
from recommender.library.photos import store_picture
from recommender.mapping import MOST_PHOTOS

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Any text of your own: the same request again under the same key, within a day, returns the same turn "
    "(with 200 instead of 201) and starts nothing.",
)
WISH = {"multipart/form-data": WishSerializer, "application/json": WishSerializer}


def ask(request: Request, person: User, conversation: Conversation | None) -> tuple[Turn, bool]:
    """Start a turn, unless the request's key has started one before; and whether it did."""
    wish = validated(WishSerializer, request.data)
    song, strategy, together = wish.get("sound"), wish.get("strategy"), wish.get("together", Together.AVERAGE)
    uploads = [upload for upload in (wish.get("picture"), *wish.get("pictures", ())) if upload is not None]
    if len(uploads) > MOST_PHOTOS:
        raise turns.TooManyPictures
    quotas.mind_room(person, sum(upload.size or 0 for upload in [*uploads, *filter(None, [song])]))
    pictures = [store_picture(person, upload.read(), upload.name) for upload in uploads]
    sound = (song.name, song.read()) if song else None
    asked = {
        "conversation": str(conversation.pk) if conversation else None,
        "text": wish["text"],
        "pictures": [picture.sha256 for picture in pictures],
        "as": together,
        "sound": hashlib.sha256(sound[1]).hexdigest() if sound else None,
        "strategy": strategy,
        "context": wish.get("context", []),
    }

    def start() -> Turn:
        return turns.start(
            person,
            pictures=pictures,
            together=together,
            text=wish["text"],
            sound=sound,
            conversation=conversation,
            strategy=strategy,
            moment=wish.get("context", ()),
        )

    return once(person, request.headers.get("Idempotency-Key"), asked, start)
