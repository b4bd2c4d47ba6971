"""Hand-written tables for ``train picture_concepts``: which labels of the photo sets, which of their themes and which
ImageNet classes mean which occasion, and how each occasion feels.

Words of this project, written by eye and by common sense. ``LABELS``, ``PARTS``, ``THEMES`` and ``PHOTOS`` name
targets of training; ``IMAGENET`` needs no photo; ``FEELINGS`` is a prior that needs no rating.
"""

from __future__ import annotations

from recommender.perception.images.concepts import THING

LABELS = {
    "boat_sailing": "sailing boat",
    "bw_vintage": "vintage photo",
    "cafe_restaurant": "cafe",
    "car_motorbike": "car motorbike",
    "cemetery_funeral": "cemetery",
    "horse_wildlife": "horse",
    "library_books_study": "library study",
    "musician_instrument": "playing instrument",
    "nightclub_party": "party nightclub",
    "river_waterfall": "waterfall",
    "train_airport_travel": "train travel",
    "anime_game": "gaming anime",
}
"""Labels of the scenes whose occasion is not just the label with spaces."""

PARTS = {
    "river_waterfall": ("river", "1 3 6-8 14 16 18 20 22"),
    "cemetery_funeral": ("funeral", "1-4 6-8 10 12"),
    "fire_destruction": ("fire", "0 2 5-9 14-17 19 20 25 27 29-32 35 37 39-43 45 46 48 49 61-64 66-77"),
    "cafe_restaurant": ("restaurant dinner", "1 2 4 8 14 26 30 35-37"),
    "train_airport_travel": ("airport travel", "5 10 16"),
    "horse_wildlife": ("wildlife", "0 1 3 4 6 7 9 11 12 16-19 22-24 27 30 32 36 43-49"),
    "football_stadium": ("basketball+football stadium", "0 16 19 34 36 39 45 49 51"),
    "meadow_flowers": ("flowers", "0 1 4-8 10 15 16 18-20 24 27 29-32 34 35 37-40 42 46-48 50-72"),
}
"""Labels that name two things: the other one, and its photos by their place among the label's rows of labels.csv;
``+`` parts two names that share the photo."""

THEMES = {
    "angry": "Angry pose",
    "autumn": "Running away",
    "baby": "Baby",
    "beach": "Beach",
    "bird": "Crow, Penguins, Pigeon",
    "birthday": "Birthday",
    "boxing": "Boxing",
    "carnival parade": "Parade",
    "cat": "Scared cat",
    "cemetery": "Cemetery",
    "children": "Children, Siblings",
    "christmas": "Ornament",
    "church temple": "Gargoyle",
    "city day": "City",
    "concert stage": "Band",
    "couple romance": "Couple",
    "crying sad": "Depressed pose, Frustrated pose, Miserable face, Miserable pose, Sad face, Sad pose",
    "cycling": "Biking",
    "dance": "Dancing",
    "desert": "Desert",
    "disaster accident": "Car accident, Car crash, Flood",
    "disgust": "Animal carcass, Dummy, Severed finger, Tumor",
    "dog": "Dog, Dog attack",
    "drink": "Alcohol, Drink",
    THING: "Barrels, Bricks, Bubble, Cardboard, Clean, Cotton swabs, Cups, Dirt, Fence, Fire hydrant, Heart, "
    "Keys, Office supplies, Paintbrush, Paper, Paperclips, Pinecone, Roofing, Sidewalk, Timber, Toilet, Yarn",
    "farm animals": "Goat",
    "fear horror": "Dead bodies",
    "fire": "Fire",
    "fire destruction": "Destruction, Explosion",
    "fireworks": "Fireworks",
    "flowers": "Flowers",
    "food": "Dessert, Soup",
    "food+children": "Eating",
    "football stadium": "Rugby",
    "forest": "Path",
    "garbage squalor": "Garbage dump",
    "gym workout": "Exercise",
    "hospital": "Ambulance, Doctor, Shot",
    "industrial factory": "Pollution",
    "insects": "Bee",
    "lake": "Lake",
    "laughter fun": "Excited face, Happy pose, Surprise, Tickling",
    "memorial+cemetery": "Memorial",
    "mother": "Mother",
    "motorsport": "Motocross",
    "night sky moon": "Moon",
    "party nightclub": "Party",
    "picnic barbecue": "Picnic",
    "playing instrument": "Guitar, Musician",
    "portrait": "Bored pose, Neutral face",
    "prison": "Jail, Prison",
    "protest crowd": "KKK rally, Neonazi",
    "road driving": "Road",
    "rollercoaster thrill": "Rollercoaster",
    "sailing boat": "Sailing",
    "school": "School",
    "skiing": "Skier",
    "sky clouds": "Sky",
    "snake spider": "Snake, Spider",
    "space": "Sun",
    "street": "Crosswalk, Street",
    "sunset": "Sunset",
    "technology": "Keyboard",
    "toys": "Rubber duck",
    "underwater fish": "Stingray",
    "volcano lava": "Lava, Volcano",
    "war soldiers": "Soldiers, War",
    "water sports": "Cliff diver, Parasailing, Rafting",
    "waterfall": "Waterfall",
    "weapon": "Gun, Knife",
    "weapon+war soldiers": "Shooting",
    "wedding+flowers": "Wedding ring",
    "wildlife": "Bear, Elephant, Meerkat, Raccoon, Tiger, Zebra",
}
"""By occasion the themes of OASIS that show it. Those not here are ambiguous and left out."""

PHOTOS = {
    "abandoned ruins": "Building_2",
    "baby": "Gazing_3",
    "carnival parade": "Band_1",
    "church temple": "Building_1",
    "fire": "KKK_rally_2",
    "fog": "Nature_2",
    "lonely person": "Bored_pose_1, Gazing_1, Gazing_2, Gazing_4, Gazing_7",
    "lonely person+sunset": "Gazing_5",
    "meadow flowers": "Nature_1",
    "picnic barbecue+children": "Picnic_2",
    "protest crowd": "Police_4, Police_5, Police_1",
    "road driving": "Dirt_2",
    "road driving+street": "Street_2, Street_3",
    "war soldiers": "Police_2",
    "weapon": "War_1",
}
"""OASIS photos that differ from their theme."""

IMAGENET = {
    "dog": "151-268",
    "cat": "281-285",
    "bird": "7-24 80-100 127-146",
    "snake spider": "52-77",
    "wildlife": "25-51 101-106 147-150 269-280 286-299 330-338 340 342-344 347 349-353 356-388",
    "underwater fish": "0-6 107-109 327-329 389-397 973 983",
    "insects": "300-326",
    "farm animals": "341 345 346 348",
    "horse": "339 603",
    "food": "923-965 962 415 509",
    "drink": "440 441 503 572 737 907 966 969",
    "cafe": "504 505 550 967",
    "restaurant dinner": "762",
    "wedding": "982",
    "graduation": "400 667",
    "halloween": "607",
    "christmas": "496",
    "castle": "483",
    "church temple": "497 668 663 832 406 442",
    "prison": "743",
    "weapon": "413 763 764 471",
    "war soldiers": "652 847 586",
    "airport travel": "404 895",
    "flying": "417 405 701",
    "train travel": "466 547 820 705 829",
    "car motorbike": "436 468 511 609 627 656 670 665 717 817",
    "old car": "661",
    "motorsport": "751 573",
    "cycling": "444 671",
    "bridge": "821 839 888",
    "harbour": "536 718 510",
    "sailing boat": "780 914 871 484",
    "water sports": "472 693",
    "beach": "978 977",
    "lake": "975",
    "mountain": "970 979",
    "sea": "976 460",
    "skiing": "795",
    "basketball": "430",
    "football stadium": "805 768 560 981 429 890",
    "boxing": "747",
    "gym workout": "422 543",
    "camping campfire": "672",
    "playing instrument": "401 402 420 432 486 513 541 546 558 566 579 593 594 642 683 776 822 875 881 889",
    "concert stage": "819",
    "library study": "624 453 454",
    "technology": "508 527 590 592 605 613 620 664 673 742",
    "kitchen cooking": "567 827 909 651 544",
    "home bedroom": "564 831 721 750",
    "shopping": "582 788 791",
    "toys": "850 865",
    "baby": "520 529 516 431",
    "amusement park": "476",
    "flowers": "985 986",
    "meadow flowers": "984",
    "hospital": "830 823",
    "disaster accident": "913",
    "gambling": "800",
    "cartoon pixel": "917",
    "countryside farm": "425 958 866 856 595",
    "construction work": "517",
}
"""ImageNet's classes by their number, 0-999. Exotic ones mean nothing here and never reach a reader."""

NOT_FROM_CLASSES = {"cycling"}
"""Never taken from ImageNet's classes alone: its mountain bike may be a motorbike."""

FEELINGS = """
abandoned ruins .35 .42, airport travel .6 .5, amusement park .75 .6, angry .22 .6, autumn .65 .35, baby .8 .45,
basketball .6 .55, beach .82 .45, bird .62 .38, birthday .75 .5, boxing .4 .6, bridge .6 .38, cafe .65 .35,
camping campfire .7 .42, car motorbike .6 .5, carnival parade .65 .52, cartoon pixel .6 .45, castle .66 .42,
cat .7 .42, cemetery .3 .38, children .7 .45, christmas .75 .48, church temple .6 .38, city day .6 .45,
city night neon .62 .52, concert stage .66 .58, construction work .45 .38, countryside farm .64 .33,
couple romance .75 .48, crying sad .2 .45, cycling .65 .5, dance .7 .55, desert .6 .4, disaster accident .15 .6,
disgust .12 .58, dog .74 .47, drink .6 .42, elderly .52 .33, everyday object .5 .22, family .75 .45,
farm animals .58 .36, fear horror .12 .62, fire .4 .6, fire destruction .2 .58, fireworks .8 .65, flowers .78 .38,
flying .68 .55, fog .55 .33, food .72 .5, football stadium .6 .55, forest .7 .36, funeral .2 .42, gambling .5 .5,
gaming anime .6 .45, garbage squalor .22 .4, graduation .72 .5, gym workout .6 .52, halloween .55 .5, harbour .66 .38,
home bedroom .6 .3, horse .7 .43, hospital .36 .48, industrial factory .35 .36, insects .42 .45,
kitchen cooking .58 .33, lake .8 .42, laughter fun .78 .52, library study .58 .3, lonely person .42 .35,
meadow flowers .75 .38, memorial .45 .38, mother .74 .45, motorsport .62 .6, mountain .78 .48, night sky moon .7 .42,
office work .5 .28, old car .6 .4, painting abstract .6 .42, party nightclub .66 .58, picnic barbecue .72 .42,
playing instrument .66 .42, portrait .55 .38, prison .2 .45, protest crowd .3 .55, rain .5 .38,
restaurant dinner .65 .4, river .74 .42, road driving .58 .4, rollercoaster thrill .7 .7, running .6 .5,
sailing boat .74 .45, school .58 .38, sea .75 .45, shopping .58 .42, skiing .7 .62, sky clouds .72 .38,
snake spider .32 .58, snow .68 .42, space .66 .5, storm lightning .5 .6, street .55 .38, sunset .82 .46,
swimming pool .74 .5, technology .5 .3, toys .66 .38, train travel .58 .4, underwater fish .64 .48,
vintage photo .5 .35, volcano lava .5 .6, war soldiers .25 .58, water sports .72 .62, waterfall .8 .46,
weapon .25 .55, wedding .75 .48, wildlife .65 .48
"""
"""How each occasion feels: valence and arousal, 0..1. Its writer knew OASIS's themes but not their ratings."""

DIFFERENT = {
    ("city night neon", "city_day"),
    ("city day", "city_night_neon"),
    ("night sky moon", "city_night_neon"),
    ("city night neon", "night_sky_moon"),
    ("sky clouds", "night_sky_moon"),
}
"""Occasions and labels that share a word and mean different things."""


def numbers(text: str) -> list[int]:
    """``"3 5-7"`` to 3, 5, 6, 7; each once, in order."""
    found: set[int] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return sorted(found)


def of_label(label: str, place: int) -> tuple[str, ...]:
    """The occasions of a photo of the scenes. ``place``: its place among the label's rows."""
    if label in PARTS and place in numbers(PARTS[label][1]):
        return tuple(PARTS[label][0].split("+"))
    return (LABELS.get(label, label.replace("_", " ")),)


def of_oasis(file: str, theme: str) -> tuple[str, ...]:
    """The occasions of a photo of OASIS; none where it is ambiguous."""
    for table, sought in ((PHOTOS, file.rpartition(".")[0]), (THEMES, theme)):
        for names, listed in table.items():
            if sought in listed.split(", "):
                return tuple(names.split("+"))
    return ()


def stands_for(name: str, label: str) -> bool:
    """Whether an occasion answers a label of the scenes: they share a word and mean the same."""
    return bool(set(name.split()) & set(label.split("_"))) and (name, label) not in DIFFERENT


def feelings() -> dict[str, tuple[float, float]]:
    """``FEELINGS`` by name."""
    entries = (entry.rsplit(maxsplit=2) for entry in FEELINGS.split(","))
    return {name.strip(): (float(valence), float(arousal)) for name, valence, arousal in entries}
