"""Collections: a person's lists under names. A list may stand in several; deleting a collection deletes no list."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from agents.models import Collected, Collection, Conversation
from core.errors import BadInput, Conflict, NotFound

MOST_COLLECTIONS = 200


class NoName(BadInput):
    code = "no_collection_name"
    message = "The collection needs a name."
    hint = "Give one of up to 60 characters."


class NameTaken(Conflict):
    code = "collection_name_taken"
    message = "You have a collection of that name already."
    hint = "Choose another name, or add the lists to that one."


class TooManyCollections(Conflict):
    code = "too_many_collections"
    message = "There are {most} collections already."
    hint = "Delete one that you no longer need."
    told = {"most": MOST_COLLECTIONS}


def own(person: User | None, collection_id: int) -> Collection:
    """The person's collection; raises NotFound for anyone else's."""
    if found := Collection.objects.visible_to(person).filter(pk=collection_id).first():
        return found
    raise NotFound


def create(person: User, name: str) -> Collection:
    """Raises NoName, NameTaken, TooManyCollections."""
    if Collection.objects.visible_to(person).count() >= MOST_COLLECTIONS:
        raise TooManyCollections
    return _named(Collection(owner=person), name)


def rename(collection: Collection, name: str) -> Collection:
    """Raises NoName, NameTaken."""
    return _named(collection, name)


def _named(collection: Collection, name: str) -> Collection:
    collection.name = " ".join(name.split())[:60]
    if not collection.name:
        raise NoName
    try:
        with transaction.atomic():
            collection.save()
    except IntegrityError as error:
        raise NameTaken from error
    return collection


def add(collection: Collection, chosen: Iterable[UUID]) -> int:
    """Put those of its owner's lists among ``chosen`` into it; how many are new there."""
    before = collection.entries.count()
    mine = Conversation.objects.filter(owner=collection.owner, pk__in=list(chosen))
    Collected.objects.bulk_create(
        [Collected(collection=collection, conversation=one) for one in mine], ignore_conflicts=True
    )
    return collection.entries.count() - before


def take_out(collection: Collection, chosen: Iterable[UUID]) -> int:
    """Leave the chosen lists out of it from now on; how many went. The lists stay."""
    gone, _ = collection.entries.filter(conversation__in=list(chosen)).delete()
    return gone
